//! A page for people: headings, tables, remarks and warnings in order.

use super::plain::visible;
use super::style::Style;
use super::table::Table;

enum Block {
    Text(String, Style),
    Table(Table),
    Warning(String),
    Blank,
}

/// A page under construction.
#[derive(Default)]
pub struct Page {
    blocks: Vec<Block>,
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: impl Into<String>) -> &mut Self {
        self.styled(text, Style::Strong)
    }

    /// Adds a line.
    pub fn line(&mut self, text: impl Into<String>) -> &mut Self {
        self.styled(text, Style::Plain)
    }

    /// Adds a remark.
    pub fn remark(&mut self, text: impl Into<String>) -> &mut Self {
        self.styled(text, Style::Dim)
    }

    /// Adds a line that stands out.
    pub fn styled(&mut self, text: impl Into<String>, style: Style) -> &mut Self {
        self.blocks.push(Block::Text(text.into(), style));
        self
    }

    /// Adds an empty line.
    pub fn blank(&mut self) -> &mut Self {
        self.blocks.push(Block::Blank);
        self
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.blocks.push(Block::Table(table));
        self
    }

    /// Adds a warning.
    pub fn warning(&mut self, text: impl Into<String>) -> &mut Self {
        self.blocks.push(Block::Warning(text.into()));
        self
    }

    /// The warnings alone, for formats that have no place for them.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |block: &Block| match block {
            Block::Warning(text) => Some(text.clone()),
            _ => None,
        };
        self.blocks.iter().filter_map(warning).collect()
    }

    /// The page as text.
    pub fn render(&self, colour: bool) -> String {
        let block = |block: &Block| match block {
            Block::Text(text, style) => style.paint(&visible(text), colour) + "\n",
            Block::Table(table) => table.render(colour),
            Block::Warning(text) => format!("{} {}\n", Style::Warn.paint("warning:", colour), visible(text)),
            Block::Blank => "\n".to_owned(),
        };
        self.blocks.iter().map(block).collect()
    }
}
