//! Fatal errors end the model.

pub(crate) fn throw(text: &str) -> ! {
    panic!("{text}")
}
pub(crate) fn throw_because(why: std::fmt::Arguments, text: &str) -> ! {
    panic!("{why}{text}")
}
pub(crate) fn fatal(text: &str) -> ! {
    panic!("{text}")
}
pub(crate) fn out_of_memory() -> ! {
    panic!("out of memory")
}
