//! The concrete tree as tree-sitter gives it: node kinds and fields as enums, and a cursor that skips comments.
//!
//! Everything that depends on the grammar crate's naming is in this file.

use std::cell::RefCell;
use std::sync::LazyLock;

use tree_sitter::{Language, Parser, Tree, TreeCursor};

macro_rules! names {
    ($(#[$meta:meta])* $enum:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(clippy::enum_variant_names)] // The grammar's names.
        pub(crate) enum $enum { $($variant,)* Other }

        impl $enum {
            fn from_name(name: &str) -> $enum {
                match name {
                    $($name => $enum::$variant,)*
                    _ => $enum::Other,
                }
            }
        }
    };
}

names! {
    /// Kinds of nodes, named ones first, then the tokens that matter.
    Kind {
        Comment = "comment",
        PackageClause = "package_clause",
        FunctionDeclaration = "function_declaration",
        MethodDeclaration = "method_declaration",
        ImportDeclaration = "import_declaration",
        ImportSpec = "import_spec",
        ImportSpecList = "import_spec_list",
        ConstDeclaration = "const_declaration",
        ConstSpec = "const_spec",
        VarDeclaration = "var_declaration",
        VarSpec = "var_spec",
        VarSpecList = "var_spec_list",
        TypeDeclaration = "type_declaration",
        TypeSpec = "type_spec",
        TypeAlias = "type_alias",
        TypeParameterDeclaration = "type_parameter_declaration",
        ParameterList = "parameter_list",
        ParameterDeclaration = "parameter_declaration",
        VariadicParameterDeclaration = "variadic_parameter_declaration",

        Identifier = "identifier",
        TypeIdentifier = "type_identifier",
        FieldIdentifier = "field_identifier",
        PackageIdentifier = "package_identifier",
        LabelName = "label_name",
        BlankIdentifier = "blank_identifier",
        DotName = "dot",
        Nil = "nil",
        True = "true",
        False = "false",
        Iota = "iota",

        IntLiteral = "int_literal",
        FloatLiteral = "float_literal",
        ImaginaryLiteral = "imaginary_literal",
        RuneLiteral = "rune_literal",
        RawStringLiteral = "raw_string_literal",
        InterpretedStringLiteral = "interpreted_string_literal",
        CompositeLiteral = "composite_literal",
        LiteralValue = "literal_value",
        LiteralElement = "literal_element",
        KeyedElement = "keyed_element",
        FuncLiteral = "func_literal",
        ParenthesizedExpression = "parenthesized_expression",
        UnaryExpression = "unary_expression",
        BinaryExpression = "binary_expression",
        SelectorExpression = "selector_expression",
        IndexExpression = "index_expression",
        SliceExpression = "slice_expression",
        CallExpression = "call_expression",
        ArgumentList = "argument_list",
        VariadicArgument = "variadic_argument",
        TypeAssertionExpression = "type_assertion_expression",
        TypeConversionExpression = "type_conversion_expression",
        TypeInstantiationExpression = "type_instantiation_expression",

        ParenthesizedType = "parenthesized_type",
        GenericType = "generic_type",
        TypeArguments = "type_arguments",
        QualifiedType = "qualified_type",
        PointerType = "pointer_type",
        ArrayType = "array_type",
        ImplicitLengthArrayType = "implicit_length_array_type",
        SliceType = "slice_type",
        StructType = "struct_type",
        FieldDeclarationList = "field_declaration_list",
        FieldDeclaration = "field_declaration",
        InterfaceType = "interface_type",
        MethodElem = "method_elem",
        TypeElem = "type_elem",
        TypeConstraint = "type_constraint",
        MapType = "map_type",
        ChannelType = "channel_type",
        FunctionType = "function_type",
        NegatedType = "negated_type",

        Block = "block",
        StatementList = "statement_list",
        ExpressionList = "expression_list",
        EmptyStatement = "empty_statement",
        ExpressionStatement = "expression_statement",
        SendStatement = "send_statement",
        ReceiveStatement = "receive_statement",
        IncStatement = "inc_statement",
        DecStatement = "dec_statement",
        AssignmentStatement = "assignment_statement",
        ShortVarDeclaration = "short_var_declaration",
        LabeledStatement = "labeled_statement",
        FallthroughStatement = "fallthrough_statement",
        BreakStatement = "break_statement",
        ContinueStatement = "continue_statement",
        GotoStatement = "goto_statement",
        ReturnStatement = "return_statement",
        GoStatement = "go_statement",
        DeferStatement = "defer_statement",
        IfStatement = "if_statement",
        ForStatement = "for_statement",
        ForClause = "for_clause",
        RangeClause = "range_clause",
        ExpressionSwitchStatement = "expression_switch_statement",
        ExpressionCase = "expression_case",
        DefaultCase = "default_case",
        TypeSwitchStatement = "type_switch_statement",
        TypeCase = "type_case",
        SelectStatement = "select_statement",
        CommunicationCase = "communication_case",

        LParen = "(",
        RParen = ")",
        LBrack = "[",
        RBrack = "]",
        LBrace = "{",
        RBrace = "}",
        Comma = ",",
        Semicolon = ";",
        Newline = "\n",
        Nul = "\0",
        Dot = ".",
        Dots = "...",
        Colon = ":",
        Define = ":=",
        Assign = "=",
        Arrow = "<-",
        Star = "*",
        Pipe = "|",
        PlusPlus = "++",
        MinusMinus = "--",
        Chan = "chan",
        Range = "range",
    }
}

names! {
    /// Fields of nodes.
    Field {
        Name = "name",
        Alias = "alias",
        Alternative = "alternative",
        Arguments = "arguments",
        Body = "body",
        Capacity = "capacity",
        Channel = "channel",
        Communication = "communication",
        Condition = "condition",
        Consequence = "consequence",
        Element = "element",
        End = "end",
        FieldName = "field",
        Function = "function",
        Index = "index",
        Initializer = "initializer",
        Key = "key",
        Label = "label",
        Left = "left",
        Length = "length",
        Operand = "operand",
        Operator = "operator",
        Package = "package",
        Parameters = "parameters",
        Path = "path",
        Receiver = "receiver",
        Result = "result",
        Right = "right",
        Start = "start",
        Tag = "tag",
        Type = "type",
        TypeArguments = "type_arguments",
        TypeParameters = "type_parameters",
        Update = "update",
        Value = "value",
    }
}

struct Tables {
    language: Language,
    kinds: Box<[Kind]>,
    fields: Box<[Field]>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let language = Language::from(tree_sitter_go::LANGUAGE);
    let kind = |id| language.node_kind_for_id(id as u16).map_or(Kind::Other, Kind::from_name);
    let field = |id| language.field_name_for_id(id as u16).map_or(Field::Other, Field::from_name);
    let kinds = (0..language.node_kind_count()).map(kind).collect();
    let fields = (0..=language.field_count()).map(field).collect();
    Tables { language, kinds, fields }
});

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Whether a statement that jumps can stand in `text`.
pub(crate) fn may_jump(text: &[u8]) -> bool {
    let words: [&[u8]; 4] = [b"break", b"continue", b"goto", b"fallthrough"];
    words.iter().any(|word| memchr::memmem::find(text, word).is_some())
}

/// Parses `text`; `None` only if the grammar does not fit the library.
pub(crate) fn parse(text: &[u8]) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        if slot.is_none() {
            let mut parser = Parser::new();
            parser.set_language(&TABLES.language).ok()?;
            *slot = Some(parser);
        }
        slot.as_mut()?.parse(text, None)
    })
}

/// A position in a tree.
pub(crate) struct Cursor<'t> {
    inner: TreeCursor<'t>,
    tables: &'static Tables,
    /// The current node's kind, if it has been looked up.
    kind: Option<Kind>,
}

impl<'t> Cursor<'t> {
    /// Stands at the root.
    pub(crate) fn new(tree: &'t Tree) -> Cursor<'t> {
        Cursor { inner: tree.walk(), tables: &TABLES, kind: None }
    }

    fn look_up(&self) -> Kind {
        let id = self.inner.node().kind_id() as usize;
        self.tables.kinds.get(id).copied().unwrap_or(Kind::Other)
    }

    /// Kind of the current node; `Other` for error nodes.
    pub(crate) fn kind(&self) -> Kind {
        self.kind.unwrap_or_else(|| self.look_up())
    }

    /// Field of the current node in its parent; `Other` without one.
    pub(crate) fn field(&self) -> Field {
        let id = self.inner.field_id().map_or(0, |id| id.get() as usize);
        self.tables.fields.get(id).copied().unwrap_or(Field::Other)
    }

    /// Byte offsets of the current node.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.inner.node().byte_range()
    }

    /// Goes to the first child that is not a comment; `false` (and no move) without one.
    pub(crate) fn down(&mut self) -> bool {
        if !self.inner.goto_first_child() {
            return false;
        }
        let kind = self.look_up();
        self.kind = Some(kind);
        if kind == Kind::Comment && !self.next() {
            self.up();
            return false;
        }
        true
    }

    /// Goes to the next sibling that is not a comment.
    pub(crate) fn next(&mut self) -> bool {
        while self.inner.goto_next_sibling() {
            let kind = self.look_up();
            if kind != Kind::Comment {
                self.kind = Some(kind);
                return true;
            }
        }
        false
    }

    /// Goes to the parent.
    pub(crate) fn up(&mut self) {
        self.inner.goto_parent();
        self.kind = None;
    }
}
