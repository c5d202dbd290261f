//! Bodies of declared functions.

use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

use rgo_source::Diagnostic;

use super::{Block, drop_deep};
use crate::parse::Unparsed;

/// The body of a declared function: a [`Block`] that may be parsed only when it is first looked at.
#[derive(Clone, Debug)]
pub struct Body {
    contents: OnceLock<Contents>,
    /// Where the text is, and which part of it.
    later: Option<(Arc<Unparsed>, Range<usize>)>,
}

#[derive(Clone, Debug)]
struct Contents {
    block: Block,
    errors: Vec<Diagnostic>,
    max_depth: u32,
}

impl Body {
    /// A body whose text is `range` of a file.
    pub(crate) fn later(file: Arc<Unparsed>, range: Range<usize>) -> Body {
        Body { contents: OnceLock::new(), later: Some((file, range)) }
    }

    fn contents(&self) -> &Contents {
        self.contents.get_or_init(|| {
            let (file, range) = self.later.as_ref().expect("a body has a block or a place to find it");
            let (block, errors, max_depth) = file.body(range);
            Contents { block, errors, max_depth }
        })
    }

    /// Errors about labels and jumps of a body that was not parsed with its file.
    pub fn errors(&self) -> &[Diagnostic] {
        &self.contents().errors
    }

    /// Makes the tree, if it does not exist yet.
    pub fn parse(&self) {
        self.contents();
    }

    /// Whether the body's tree exists already.
    pub fn is_parsed(&self) -> bool {
        self.contents.get().is_some()
    }
}

impl From<Block> for Body {
    fn from(block: Block) -> Body {
        // The file's own nesting covers the block's.
        let contents = Contents { block, errors: Vec::new(), max_depth: 0 };
        Body { contents: OnceLock::from(contents), later: None }
    }
}

impl Deref for Body {
    type Target = Block;

    fn deref(&self) -> &Block {
        &self.contents().block
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        drop_deep(self.max_depth, &mut self.block.stmts);
    }
}
