//! | model | invariant | planted bug that it finds |
//! |---|---|---|
