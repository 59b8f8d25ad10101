//! CSV for spreadsheets and scripts: exact figures, no thousands separators, no cell that a spreadsheet would compute.

use std::borrow::Cow;

use recount_import::guarded;

use super::plain::visible;

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

    /// The records as text, with or without the header. Texts are exact but for the `'` before one that a spreadsheet would
    /// take for a formula; where someone is `watching` on a terminal, they are shown as in a table.
    pub fn to_text(&self, header: bool, watching: bool) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for record in std::iter::once(&self.header).filter(|_| header).chain(&self.rows) {
            let cells = record.iter().map(|text| {
                let text = if watching { visible(text) } else { Cow::Borrowed(text.as_str()) };
                guarded(&text).into_owned()
            });
            writer.write_record(cells.map(String::into_bytes)).expect("a Vec takes every byte");
        }
        let bytes = writer.into_inner().expect("a Vec takes every byte");
        String::from_utf8(bytes).expect("fields are UTF-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_computes_nothing_and_figures_stay_figures() {
        let mut records = Records::new(["customer", "mrr"]);
        records.row(["=cmd|' /C calc'!A0", "-12.50"]);
        records.row(["a\x1b[2J", "0"]);
        let want = "customer,mrr\n'=cmd|' /C calc'!A0,-12.50\na\x1b[2J,0\n";
        assert_eq!(records.to_text(true, false), want);
        assert_eq!(records.to_text(false, true), "'=cmd|' /C calc'!A0,-12.50\na\\u{1b}[2J,0\n");
    }
}
