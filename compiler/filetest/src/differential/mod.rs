//! Compares two compilers on generated programs.
//!
//! [`batch`] makes one executable of many programs, so that one build of each compiler covers hundreds of them; [`reduce`] makes a program
//! that differs small.

pub mod batch;
pub mod reduce;

/// The first line in which two outputs differ.
pub fn first_difference(want: &[u8], found: &[u8]) -> String {
    let (want, found) = (String::from_utf8_lossy(want), String::from_utf8_lossy(found));
    let (mut a, mut b) = (want.lines(), found.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return "only in line ends".to_owned(),
            (x, y) if x == y => {}
            (x, y) => {
                let shown = |line: Option<&str>| match line {
                    None => "nothing more".to_owned(),
                    Some(line) => format!("{:?}", line.chars().take(300).collect::<String>()),
                };
                return format!("gc prints {}, rgo {}", shown(x), shown(y));
            }
        }
    }
}
