//! CSV for spreadsheets and scripts: exact figures, no thousands separators.

/// A header and its rows.
#[derive(Clone, Debug, Default)]
pub struct Records {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Records {
    /// No rows yet under this header.
    pub fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, fields: impl IntoIterator<Item = T>) {
        self.rows.push(fields.into_iter().map(Into::into).collect());
    }

    /// The records as text.
    pub fn to_text(&self) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for record in std::iter::once(&self.header).chain(&self.rows) {
            writer.write_record(record).expect("a Vec takes every byte");
        }
        let bytes = writer.into_inner().expect("a Vec takes every byte");
        String::from_utf8(bytes).expect("fields are UTF-8")
    }
}
