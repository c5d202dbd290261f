//! Variables with `//go:embed` directives: files as data.
//!
//! A string or a byte slice holds the contents of one file. An `embed.FS` points to a slice of file records, which also names every
//! directory on the way (with a final slash, without contents), sorted by directory and then by name: package embed searches it.

use std::collections::{BTreeMap, BTreeSet};

use rgo_load::Embeds;
use rgo_mir::{DataId, DataKind, RelocTarget};
use rgo_source::Diagnostic;
use rgo_types::{DeclKind, ObjId, TypeId};

use crate::Lowerer;
use crate::shape::Shape;
use crate::static_data::DataWriter;

/// Words of a file record: name, contents and a hash of 16 bytes, which nothing reads.
const FILE_BYTES: usize = 16;

impl Lowerer<'_, '_> {
    /// Defines `data`, the memory of `var`, if the variable has embed directives.
    pub(crate) fn define_embedded(&mut self, data: DataId, var: ObjId, t: TypeId) -> bool {
        let object = self.prog.obj(var);
        let (Some(pkg), Some(decl)) = (object.pkg, object.decl) else { return false };
        let DeclKind::Var { spec, .. } = &self.prog.decl(decl).kind else { return false };
        let pos = spec.pos;
        let patterns: Vec<String> = spec
            .pragmas
            .iter()
            .filter(|directive| directive.verb() == "embed")
            .flat_map(|directive| patterns(directive.args()))
            .collect();
        if patterns.is_empty() {
            return false;
        }
        let graph = self.prog.graph;
        let files = match contents(&graph.package(pkg).embeds, &patterns) {
            Ok(files) => files,
            Err(message) => {
                self.errors.push(Diagnostic::error(pos, "InvalidEmbed", message));
                return false;
            }
        };
        let layout = self.layout(t);
        let word = self.target.word as usize;
        let mut w = DataWriter::zeroed(layout.size as usize);
        match (&*self.shape(t), files.values().next()) {
            (Shape::String, Some(text)) => self.write_string(&mut w, 0, text),
            (Shape::Slice(_), Some(bytes)) => {
                let name = self.fresh_name("go:embed");
                let array = self.module.declare_data(&name);
                let contents = DataWriter { bytes: bytes.clone(), ..DataWriter::default() };
                let len = bytes.len() as u64;
                if len > 0 {
                    self.define(array, name, DataKind::NoPtrData, 1, contents, true);
                    w.address(0, RelocTarget::Data(array), 0, word);
                }
                w.put(word, word, len);
                w.put(2 * word, word, len);
            }
            _ => {
                let list = self.file_list(&files);
                w.address(0, RelocTarget::Data(list), 0, word);
            }
        }
        let name = self.data_symbol(data);
        self.define(data, name, DataKind::Data, layout.align.max(1), w, false);
        true
    }

    /// The slice that an `embed.FS` points to, followed by its records.
    fn file_list(&mut self, files: &BTreeMap<String, Vec<u8>>) -> DataId {
        let mut names: BTreeSet<(String, String)> = BTreeSet::new();
        for file in files.keys() {
            names.insert(sort_key(file));
            for (at, _) in file.match_indices('/') {
                names.insert(sort_key(&file[..=at]));
            }
        }
        let word = self.target.word as usize;
        let (header, record) = (3 * word, 4 * word + FILE_BYTES);
        let symbol = self.fresh_name("go:embed");
        let data = self.module.declare_data(&symbol);
        let mut w = DataWriter::zeroed(header + names.len() * record);
        w.address(0, RelocTarget::Data(data), header as i64, word);
        w.put(word, word, names.len() as u64);
        w.put(2 * word, word, names.len() as u64);
        for (i, (dir, base)) in names.iter().enumerate() {
            let name = if dir == "." { base.clone() } else { format!("{dir}/{base}") };
            let at = header + i * record;
            self.write_string(&mut w, at, name.as_bytes());
            if let Some(text) = files.get(&name) {
                self.write_string(&mut w, at + 2 * word, text);
            }
        }
        self.define(data, symbol, DataKind::Data, word as u32, w, true);
        data
    }
}

/// Directory and base name; a directory's base name keeps its slash.
fn sort_key(path: &str) -> (String, String) {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    match trimmed.rfind('/') {
        Some(at) => (path[..at].to_owned(), path[at + 1..].to_owned()),
        None => (".".to_owned(), path.to_owned()),
    }
}

/// The patterns of one directive: words, or Go string literals.
fn patterns(args: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = args.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '`' => rest[1..].find(first).map_or(rest.len(), |at| at + 1),
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let quoted = matches!(first, '"' | '`');
        found.push(rest[usize::from(quoted)..end].to_owned());
        rest = rest.get(end + usize::from(quoted)..).unwrap_or_default().trim_start();
    }
    found
}

/// The files that `patterns` name, with their contents.
fn contents(embeds: &Embeds, patterns: &[String]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for name in patterns.iter().filter_map(|pattern| embeds.patterns.get(pattern)).flatten() {
        let Some(path) = embeds.files.get(name) else { continue };
        let bytes = std::fs::read(path).map_err(|error| format!("pattern {name}: {error}"))?;
        files.insert(name.clone(), bytes);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::{patterns, sort_key};

    #[test]
    fn directives() {
        assert_eq!(patterns("a.txt  dir/*.html"), ["a.txt", "dir/*.html"]);
        assert_eq!(patterns("\"with blank\" `raw` x"), ["with blank", "raw", "x"]);
        assert!(patterns("").is_empty());
    }

    #[test]
    fn order_of_files() {
        let mut names = ["q/r", "p", "q/s/u", "q/", "q/s/", "w", "q/v", "q/s/t"].map(sort_key);
        names.sort();
        let bases: Vec<&str> = names.iter().map(|(_, base)| base.as_str()).collect();
        assert_eq!(bases, ["p", "q/", "w", "r", "s/", "v", "t", "u"]);
    }
}
