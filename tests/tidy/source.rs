//! Reading the project's own source, for the other tests of this target.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project, read.
pub struct Source {
    /// Path from the project's root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The code without unit tests: everything before `#[cfg(test)]`, without comment lines.
    pub fn code(&self) -> String {
        let code = self.text.split("\n#[cfg(test)]").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }

    /// Whether the file lies under the folder.
    pub fn is_under(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests package lies in the project").to_path_buf()
}

/// All files of the project below a folder with one of these endings, sorted; build output and dot folders left out.
pub fn files(folder: &str, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let mut sources: Vec<Source> = found
        .into_iter()
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            let relative = path.strip_prefix(root()).expect("walked from the root");
            Source { path: relative.to_string_lossy().replace('\\', "/"), text }
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty(), "no {endings:?} under {folder:?}: the check would see nothing");
    sources
}

/// The Rust files of the crates, without their own tests and benches.
pub fn crate_sources() -> Vec<Source> {
    let all = files("crates", &[".rs"]);
    let shipped = |source: &Source| source.path.contains("/src/") && !source.path.ends_with("tests.rs");
    all.into_iter().filter(shipped).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|e| e.path())).collect(),
        Err(error) => panic!("cannot list {}: {error}", folder.display()),
    };
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name == "target" || name.starts_with('.') => {}
            true => walk(&path, found),
            false => found.push(path),
        }
    }
}
