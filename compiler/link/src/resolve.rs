//! Which definition stands behind each name, and which sections of rt are part of the program.
//!
//! Names are looked up in this order: functions and data of the program; symbols that the linker makes (`tables::BOUND`); global
//! symbols of rt, whose archive member is loaded for it. A section of rt is kept when a relocation of something kept reaches it, so
//! unwind tables, notes and debug information fall away by themselves. The first strong definition in rt wins.

use std::collections::{HashMap, HashSet};

use rgo_obj::{Object, SymbolId};

use crate::archive::{Archive, Member, MemberId, Place};
use crate::tables::{self, Bound};
use crate::{LinkError, Options, Undefined, arch};

/// A section of rt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RtSection {
    pub member: MemberId,
    pub section: usize,
}

/// What a name means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Definition {
    /// `Object::code[i]`
    Code(usize),
    /// `Object::data[i]`
    Data(usize),
    /// A place in a section of rt.
    Rt(RtSection, u64),
    /// A number.
    Absolute(u64),
    /// Made by the linker.
    Bound(Bound),
}

/// Everything that goes into the executable.
pub struct Inputs<'a> {
    pub archive: &'a Archive<'a>,
    /// By `SymbolId`; `None` for symbols that nothing refers to.
    pub symbols: Vec<Option<Definition>>,
    /// Names used by rt and by the linker itself.
    pub names: HashMap<&'a str, Definition>,
    /// Sections of rt, in the order of archive members.
    pub sections: Vec<RtSection>,
    /// Symbols of rt reached through the global offset table.
    pub got: Vec<(MemberId, usize)>,
    pub entry: Definition,
}

impl<'a> Inputs<'a> {
    pub fn member(&self, id: MemberId) -> &'a Member<'a> {
        self.archive.member(id).expect("members of kept sections have been parsed")
    }
    /// What symbol `index` of `member` means; undefined weak symbols are 0.
    pub fn rt_symbol(&self, member: MemberId, index: usize) -> Definition {
        let symbol = &self.member(member).symbols[index];
        if symbol.is_global || symbol.place == Place::Undefined {
            return self.names.get(symbol.name).copied().unwrap_or(Definition::Absolute(0));
        }
        local(member, symbol)
    }
}

fn local(member: MemberId, symbol: &crate::archive::Symbol<'_>) -> Definition {
    match symbol.place {
        Place::Section(section) => Definition::Rt(RtSection { member, section }, symbol.value),
        Place::Absolute | Place::Undefined => Definition::Absolute(symbol.value),
    }
}

struct Resolver<'a> {
    object: &'a Object,
    archive: &'a Archive<'a>,
    by_name: HashMap<&'a str, Definition>,
    names: HashMap<&'a str, Definition>,
    globals: HashMap<&'a str, (Definition, bool)>,
    loaded: HashSet<MemberId>,
    reached: HashSet<RtSection>,
    work: Vec<RtSection>,
    undefined: Vec<Undefined>,
}

/// See the module text.
pub fn resolve<'a>(
    object: &'a Object,
    archive: &'a Archive<'a>,
    options: &'a Options,
) -> Result<Inputs<'a>, LinkError> {
    let mut r = Resolver {
        object,
        archive,
        by_name: HashMap::new(),
        names: HashMap::new(),
        globals: HashMap::new(),
        loaded: HashSet::new(),
        reached: HashSet::new(),
        work: Vec::new(),
        undefined: Vec::new(),
    };
    let mut symbols = vec![None; object.symbols.len()];
    for (i, code) in object.code.iter().enumerate() {
        r.define(&mut symbols, code.symbol, Definition::Code(i));
    }
    for (i, data) in object.data.iter().enumerate() {
        r.define(&mut symbols, data.symbol, Definition::Data(i));
    }
    let entry = r.lookup(&options.entry)?;
    let entry = entry.unwrap_or_else(|| {
        r.undefined.push(Undefined { symbol: options.entry.clone(), referrer: "entry point".into() });
        Definition::Absolute(0)
    });

    let code = object.code.iter().map(|c| (c.symbol, &c.relocs));
    let data = object.data.iter().map(|d| (d.symbol, &d.relocs));
    for (symbol, relocs) in code.chain(data) {
        for reloc in relocs {
            let id = reloc.target.0 as usize;
            if symbols[id].is_none() {
                let name = &object.symbols[id].name;
                symbols[id] = r.lookup(name)?;
                if symbols[id].is_none() {
                    let referrer = object.symbols[symbol.0 as usize].name.clone();
                    r.undefined.push(Undefined { symbol: name.clone(), referrer });
                    // Reported once.
                    symbols[id] = Some(Definition::Absolute(0));
                }
            }
        }
    }

    let mut got = Vec::new();
    let mut in_got = HashSet::new();
    while let Some(section) = r.work.pop() {
        let member = archive.member(section.member)?;
        for reloc in &member.sections[section.section].relocs {
            let definition = r.rt_symbol(section, member, reloc.symbol)?;
            let data = member.sections[section.section].data;
            if arch::x86_64::needs_got(reloc, data) {
                let symbol = (section.member, reloc.symbol);
                if in_got.insert(symbol) {
                    got.push(symbol);
                }
            }
            if let Some(Definition::Rt(target, _)) = definition {
                r.reach(target);
            }
        }
    }
    if !r.undefined.is_empty() {
        r.undefined.sort();
        r.undefined.dedup();
        return Err(LinkError::Undefined(r.undefined));
    }
    let mut sections: Vec<RtSection> = r.reached.iter().copied().collect();
    sections.sort();
    got.sort();
    Ok(Inputs { archive, symbols, names: r.names, sections, got, entry })
}

impl<'a> Resolver<'a> {
    fn define(&mut self, symbols: &mut [Option<Definition>], id: SymbolId, definition: Definition) {
        let symbol = &self.object.symbols[id.0 as usize];
        // Go variables declared to read the linker's symbols.
        let definition = tables::bound(&symbol.name).map_or(definition, Definition::Bound);
        symbols[id.0 as usize] = Some(definition);
        if !symbol.local {
            self.by_name.insert(&symbol.name, definition);
        }
    }

    fn reach(&mut self, section: RtSection) {
        if self.reached.insert(section) {
            self.work.push(section);
        }
    }

    /// The definition of a global name; loads the archive member that has it.
    fn lookup(&mut self, name: &'a str) -> Result<Option<Definition>, LinkError> {
        if let Some(&known) = self.names.get(name) {
            return Ok(Some(known));
        }
        let mut found =
            self.by_name.get(name).copied().or_else(|| tables::bound(name).map(Definition::Bound));
        let is_new = found.is_none() && !self.globals.contains_key(name);
        if let Some(member) = self.archive.defining(name).filter(|_| is_new) {
            self.load(member)?;
        }
        found = found.or_else(|| self.globals.get(name).map(|&(definition, _)| definition));
        if let Some(definition) = found {
            self.names.insert(name, definition);
            if let Definition::Rt(section, _) = definition {
                self.reach(section);
            }
        }
        Ok(found)
    }

    fn load(&mut self, id: MemberId) -> Result<(), LinkError> {
        if !self.loaded.insert(id) {
            return Ok(());
        }
        for symbol in &self.archive.member(id)?.symbols {
            if !symbol.is_global || symbol.place == Place::Undefined {
                continue;
            }
            let definition = local(id, symbol);
            match self.globals.get(symbol.name) {
                Some((_, was_weak)) if !was_weak || symbol.is_weak => {}
                _ => {
                    self.globals.insert(symbol.name, (definition, symbol.is_weak));
                }
            }
        }
        Ok(())
    }

    fn rt_symbol(
        &mut self,
        from: RtSection,
        member: &'a Member<'a>,
        index: usize,
    ) -> Result<Option<Definition>, LinkError> {
        let symbol = member.symbols.get(index).ok_or_else(|| LinkError::BadArchive {
            member: self.archive.name(from.member).to_owned(),
            message: format!("relocation to symbol {index}, which does not exist"),
        })?;
        if !symbol.is_global && symbol.place != Place::Undefined {
            return Ok(Some(local(from.member, symbol)));
        }
        let found = self.lookup(symbol.name)?;
        if found.is_none() && !symbol.is_weak && !symbol.name.is_empty() {
            let section = member.sections[from.section].name;
            let referrer = format!("{}({section})", self.archive.name(from.member));
            self.undefined.push(Undefined { symbol: symbol.name.to_owned(), referrer });
        }
        Ok(found)
    }
}
