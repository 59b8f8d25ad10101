//! Aligned tables: text to the left, figures to the right, one rule under the header and above totals.

use unicode_width::UnicodeWidthStr;

use super::plain::visible;
use super::style::Style;

const GAP: &str = "  ";

/// A column and its side.
#[derive(Clone, Debug)]
pub struct Column {
    header: String,
    right: bool,
}

impl Column {
    /// A column of text.
    pub fn text(header: impl Into<String>) -> Self {
        Self { header: visible(&header.into()).into_owned(), right: false }
    }

    /// A column of figures, which all have the same number of decimals.
    pub fn figure(header: impl Into<String>) -> Self {
        Self { header: visible(&header.into()).into_owned(), right: true }
    }
}

/// One field of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A field that stands out.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: visible(&text.into()).into_owned(), style }
    }

    /// The same field in another style.
    pub fn in_style(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, Style::Plain)
    }
}

enum Row {
    Cells(Vec<Cell>),
    Rule,
}

/// A table under construction.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
    header: bool,
}

impl Table {
    /// An empty table of these columns.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), header: true }
    }

    /// The same table without a header line.
    pub fn without_header(mut self) -> Self {
        self.header = false;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row::Cells(cells.into_iter().collect()));
    }

    /// Adds a row that stands out as a total.
    pub fn total(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rule();
        let strong = |cell: Cell| Cell { style: Style::Strong, ..cell };
        self.row(cells.into_iter().map(strong));
    }

    /// Adds a line across.
    pub fn rule(&mut self) {
        self.rows.push(Row::Rule);
    }

    /// The table as lines.
    pub fn render(&self, colour: bool) -> String {
        let widths = self.widths();
        let full: usize = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let rule = Style::Dim.paint(&"─".repeat(full), colour) + "\n";
        let mut text = String::new();
        if self.header {
            let headers = self.columns.iter().map(|column| Cell::styled(column.header.clone(), Style::Strong));
            text.push_str(&self.line(&headers.collect::<Vec<_>>(), &widths, colour));
            text.push_str(&rule);
        }
        for row in &self.rows {
            match row {
                Row::Cells(cells) => text.push_str(&self.line(cells, &widths, colour)),
                Row::Rule => text.push_str(&rule),
            }
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let headers = self.columns.iter().map(|column| if self.header { column.header.width() } else { 0 });
        let mut widths: Vec<usize> = headers.collect();
        for row in &self.rows {
            if let Row::Cells(cells) = row {
                widths.iter_mut().zip(cells).for_each(|(width, cell)| *width = cell.text.width().max(*width));
            }
        }
        widths
    }

    fn line(&self, cells: &[Cell], widths: &[usize], colour: bool) -> String {
        let mut line = String::new();
        // Spaces are added only in front of something, so that no line ends in them.
        let mut pending = 0;
        for ((cell, column), width) in cells.iter().zip(&self.columns).zip(widths) {
            let slack = width - cell.text.width();
            let (before, after) = if column.right { (slack, 0) } else { (0, slack) };
            if !cell.text.is_empty() {
                line.push_str(&" ".repeat(pending + before));
                line.push_str(&cell.style.paint(&cell.text, colour));
                pending = after + GAP.len();
            } else {
                pending += width + GAP.len();
            }
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_aligned_and_lines_end_clean() {
        let mut table = Table::new([Column::text("customer"), Column::figure("MRR"), Column::text("note")]);
        table.row(["顧客".into(), "1,200.00".into(), "".into()]);
        table.row(["acme".into(), "9.50".into(), "new".into()]);
        table.total(["total".into(), "1,209.50".into()]);
        let want = "\
customer       MRR  note
────────────────────────
顧客      1,200.00
acme          9.50  new
────────────────────────
total     1,209.50
";
        assert_eq!(table.render(false), want);
    }

    #[test]
    fn escapes_from_data_are_defused() {
        let mut table = Table::new([Column::text("customer")]).without_header();
        table.row(["a\x1b[2Jb\n".into()]);
        assert_eq!(table.render(false), "a\\u{1b}[2Jb\\n\n");
    }
}
