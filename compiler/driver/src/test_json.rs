//! `rgo test -json`: the output of a test program → events, one JSON object a line.
//!
//! In: the bytes that a test program prints when it runs with `-test.v=test2json`. In that mode it marks its own lines
//! (`=== RUN`, `--- PASS`) with [`FRAME`] and errors with [`ERROR_BEGIN`] and [`ERROR_END`]; [`ESCAPE`] stands in front of such
//! characters in what the tests themselves print. Out: the events that `cmd/test2json` documents.
//!
//! A line of output belongs to the test that is running. Reports (`--- PASS`) of nested tests come before the output of their
//! subtests' reports, so a report's event waits until something less indented, or another test, follows.

use std::io::Write;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// In front of a line of the testing framework.
const FRAME: u8 = 0x16;
/// Around the text of an error.
const ERROR_BEGIN: u8 = 0x0f;
const ERROR_END: u8 = 0x0e;
/// Makes the next character an ordinary one.
const ESCAPE: u8 = 0x1b;

/// Longest line that can be one of the framework's.
const LINE_LIMIT: usize = 4096;
/// Longest text of one event.
const TEXT_LIMIT: usize = 1024;

/// Turns one package's output into events.
pub(crate) struct Converter<W> {
    out: W,
    package: String,
    start: Instant,
    /// The test to which output belongs, empty for the package.
    test: String,
    /// Reports whose events wait, by depth.
    reports: Vec<Event>,
    /// `pass`, `fail`, `skip`, once known.
    result: &'static str,
    /// Framework lines are marked (those seen so far were).
    is_marked: bool,
    in_error: bool,
    is_escaped: bool,
    input: Lines,
    text: Lines,
}

/// One line of JSON.
#[derive(Clone, Default, Debug)]
struct Event {
    action: String,
    test: String,
    elapsed: Option<f64>,
    output: Option<Vec<u8>>,
    output_type: &'static str,
    failed_build: String,
    key: String,
    value: String,
    path: String,
}

impl Event {
    fn new(action: &str) -> Event {
        Event { action: action.to_owned(), ..Event::default() }
    }
}

/// A line, with its end, or a part of one.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Line(Vec<u8>),
    Part(Vec<u8>),
}

impl<W: Write> Converter<W> {
    pub(crate) fn new(out: W, package: &str) -> Converter<W> {
        let mut converter = Converter {
            out,
            package: package.to_owned(),
            start: Instant::now(),
            test: String::new(),
            reports: Vec::new(),
            result: "",
            is_marked: false,
            in_error: false,
            is_escaped: false,
            input: Lines::new(LINE_LIMIT),
            text: Lines::new(TEXT_LIMIT),
        };
        converter.event(Event::new("start"));
        converter
    }

    /// Takes output as it comes.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        for piece in self.input.push(bytes) {
            match piece {
                Piece::Line(line) => self.line(&line),
                Piece::Part(part) => self.output(&part, false),
            }
        }
    }

    /// The end: how the package fared. `failed_build` names what did not compile.
    pub(crate) fn close(mut self, passed: bool, failed_build: Option<&str>) {
        if let Some(rest) = self.input.rest() {
            self.output(&rest, false);
        }
        self.flush_text();
        let result = match (passed, self.result) {
            (true, "skip") => "skip",
            (true, _) => "pass",
            (false, _) => "fail",
        };
        let elapsed = Some((self.start.elapsed().as_secs_f64() * 1e3).round() / 1e3);
        let failed_build = failed_build.filter(|_| !passed).unwrap_or_default().to_owned();
        self.event(Event { elapsed, failed_build, ..Event::new(result) });
    }

    /// One whole line.
    fn line(&mut self, whole: &[u8]) {
        let is_framed = whole.first() == Some(&FRAME);
        if self.is_marked && !is_framed {
            return self.output(whole, false);
        }
        let line = if is_framed { &whole[1..] } else { whole };
        if is_framed {
            self.flush_text();
        }
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text));
        if text == "PASS" || text == "FAIL" || text.starts_with("FAIL\t") {
            self.flush_reports(0);
            self.is_marked = is_framed;
            self.output(line, true);
            self.result = if text == "PASS" { "pass" } else { "fail" };
            return;
        }
        if text.starts_with("?   \t") && text.ends_with("\t[no test files]") && self.reports.is_empty() {
            self.result = "skip";
        }
        if let Some((action, name)) = update(text) {
            return self.update(action, name, line, is_framed);
        }
        let unindented = text.trim_start_matches("    ");
        let depth = (text.len() - unindented.len()) / 4;
        match report(unindented) {
            Some(event) if depth <= self.reports.len() => {
                self.is_marked = is_framed;
                self.flush_reports(depth);
                self.test.clone_from(&event.test);
                self.reports.push(event);
                self.output(line, true);
            }
            Some(_) => self.output(line, false),
            None => {
                // What a finished test logged is indented below its report.
                if depth > 0 && depth <= self.reports.len() {
                    self.test.clone_from(&self.reports[depth - 1].test);
                }
                self.output(line, false);
            }
        }
    }

    /// `=== RUN   TestX`
    fn update(&mut self, action: &str, rest: &str, line: &[u8], is_framed: bool) {
        let mut event = Event::new(&action.to_lowercase());
        let mut name = rest.trim();
        match action {
            "ARTIFACTS" => {
                let (test, path) = name.split_once(' ').unwrap_or((name, ""));
                name = test;
                event.path = path.to_owned();
            }
            "ATTR" => {
                let (test, attribute) = name.split_once(' ').unwrap_or((name, ""));
                let (key, value) = attribute.split_once(' ').unwrap_or((attribute, ""));
                name = test;
                (event.key, event.value) = (key.to_owned(), value.to_owned());
            }
            _ => {}
        }
        self.is_marked = is_framed;
        self.flush_reports(0);
        self.test = name.to_owned();
        match action {
            // Says whose output follows, nothing else.
            "NAME" => {}
            // The line still belongs to what went on before.
            "PAUSE" => {
                self.output(line, true);
                self.event(event);
            }
            _ => {
                self.event(event);
                self.output(line, true);
            }
        }
    }

    /// The events of reports nested `depth` deep and deeper.
    fn flush_reports(&mut self, depth: usize) {
        self.test.clear();
        while self.reports.len() > depth {
            let event = self.reports.pop().expect("longer than depth");
            self.event(event);
        }
    }

    /// Output, to be shown line by line.
    fn output(&mut self, bytes: &[u8], is_frame: bool) {
        for piece in self.text.push(bytes) {
            let (Piece::Line(text) | Piece::Part(text)) = piece;
            self.output_events(&text, is_frame);
        }
    }

    fn flush_text(&mut self) {
        if let Some(rest) = self.text.rest() {
            self.output_events(&rest, false);
        }
    }

    /// One event for each stretch of the same kind.
    fn output_events(&mut self, bytes: &[u8], is_frame: bool) {
        let mut kind = match (is_frame, self.in_error) {
            (true, _) => "frame",
            (false, true) => "error-continue",
            (false, false) => "",
        };
        let mut stretch = Vec::new();
        let mut bytes = bytes.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                _ if std::mem::take(&mut self.is_escaped) => stretch.push(byte),
                ESCAPE => self.is_escaped = true,
                ERROR_BEGIN => {
                    self.output_event(&mut stretch, kind);
                    (self.in_error, kind) = (true, "error");
                }
                ERROR_END => {
                    stretch.extend(bytes.next_if_eq(&b'\n'));
                    self.output_event(&mut stretch, kind);
                    (self.in_error, kind) = (false, "");
                }
                _ => stretch.push(byte),
            }
        }
        self.output_event(&mut stretch, kind);
    }

    fn output_event(&mut self, text: &mut Vec<u8>, output_type: &'static str) {
        if !text.is_empty() {
            let output = Some(std::mem::take(text));
            self.event(Event { output, output_type, ..Event::new("output") });
        }
    }

    fn event(&mut self, event: Event) {
        let mut json = format!("{{\"Time\":\"{}\",\"Action\":{}", now(), quote(event.action.as_bytes()));
        let test = if event.test.is_empty() { &self.test } else { &event.test };
        let mut field = |name: &str, value: &str| {
            if !value.is_empty() {
                json.push_str(&format!(",\"{name}\":{value}"));
            }
        };
        let text = |text: &str| if text.is_empty() { String::new() } else { quote(text.as_bytes()) };
        field("Package", &text(&self.package));
        field("Test", &text(test));
        field("Elapsed", &event.elapsed.map_or_else(String::new, |seconds| seconds.to_string()));
        field("Output", &event.output.as_deref().map_or_else(String::new, quote));
        field("OutputType", &text(event.output_type));
        field("FailedBuild", &text(&event.failed_build));
        field("Key", &text(&event.key));
        field("Value", &text(&event.value));
        field("Path", &text(&event.path));
        json.push_str("}\n");
        // A closed pipe is the reader's affair.
        let _ = self.out.write_all(json.as_bytes());
        let _ = self.out.flush();
    }
}

/// What `-json` says about a package that does not compile: its messages, each an event. The name of the (first) broken package.
pub(crate) fn build_events(out: &mut impl Write, package: &str, lines: &[String]) -> String {
    let mut first = None;
    let mut current = package.to_owned();
    let mut json = String::new();
    let fail = |package: &str| {
        format!("{{\"ImportPath\":{},\"Action\":\"build-fail\"}}\n", quote(package.as_bytes()))
    };
    for line in lines.iter().flat_map(|text| text.lines()) {
        if let Some(header) = line.strip_prefix("# ") {
            if first.is_some() && header != current {
                json.push_str(&fail(&current));
            }
            current = header.to_owned();
        }
        first.get_or_insert_with(|| current.clone());
        let (path, text) = (quote(current.as_bytes()), quote(format!("{line}\n").as_bytes()));
        json.push_str(&format!("{{\"ImportPath\":{path},\"Action\":\"build-output\",\"Output\":{text}}}\n"));
    }
    json.push_str(&fail(&current));
    let _ = out.write_all(json.as_bytes());
    first.unwrap_or(current)
}

/// `=== RUN   TestX` → (`RUN`, `TestX`)
fn update(line: &str) -> Option<(&str, &str)> {
    // The blanks at the end of a name that is empty get lost.
    if line == "=== NAME" {
        return Some(("NAME", ""));
    }
    let (action, rest) = line.strip_prefix("=== ")?.split_once(' ')?;
    let rest = match action {
        "RUN" => rest.strip_prefix("  ")?,
        "PAUSE" | "ARTIFACTS" => rest,
        "CONT" | "NAME" | "PASS" | "FAIL" | "SKIP" | "ATTR" => rest.strip_prefix(' ')?,
        _ => return None,
    };
    Some((action, rest))
}

/// `--- PASS: TestX (0.01s)`
fn report(line: &str) -> Option<Event> {
    let (action, rest) = line.strip_prefix("--- ")?.split_once(": ")?;
    if !matches!(action, "PASS" | "FAIL" | "SKIP" | "BENCH") {
        return None;
    }
    let rest = rest.trim();
    let (name, elapsed) = match rest.split_once(" (") {
        Some((name, time)) => (name, time.strip_suffix("s)").and_then(|seconds| seconds.parse().ok())),
        None => (rest, None),
    };
    Some(Event { test: name.to_owned(), elapsed, ..Event::new(&action.to_lowercase()) })
}

/// Cuts text into lines. A mark [`FRAME`] begins a line wherever it stands.
struct Lines {
    limit: usize,
    held: Vec<u8>,
    /// The first part of the line has been given out.
    is_inside: bool,
    is_escaped: bool,
}

impl Lines {
    fn new(limit: usize) -> Lines {
        Lines { limit, held: Vec::new(), is_inside: false, is_escaped: false }
    }

    fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for &byte in bytes {
            let was_escaped = std::mem::take(&mut self.is_escaped);
            if byte == FRAME && !was_escaped {
                if !self.held.is_empty() {
                    pieces.push(self.end_line());
                }
                self.is_inside = false;
            }
            self.is_escaped = byte == ESCAPE && !was_escaped;
            self.held.push(byte);
            if byte == b'\n' {
                pieces.push(self.end_line());
            } else if self.held.len() == self.limit {
                let rest = self.held.split_off(whole_characters(&self.held));
                pieces.push(Piece::Part(std::mem::replace(&mut self.held, rest)));
                self.is_inside = true;
            }
        }
        // The name of a benchmark is worth showing before its result is there.
        if !self.is_inside
            && let Some(tab) = self.held.iter().position(|&byte| byte == b'\t')
            && is_benchmark(&self.held[..tab])
        {
            let rest = self.held.split_off(tab + 1);
            pieces.push(Piece::Part(std::mem::replace(&mut self.held, rest)));
            self.is_inside = true;
        }
        pieces
    }

    fn end_line(&mut self) -> Piece {
        let line = std::mem::take(&mut self.held);
        if std::mem::take(&mut self.is_inside) { Piece::Part(line) } else { Piece::Line(line) }
    }

    fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = std::mem::take(&mut self.held);
        (!rest.is_empty()).then_some(rest)
    }
}

/// How many bytes do not end in the middle of a character.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        // Only what is cut off by the end; other bad bytes stay where they are.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
        _ => bytes.len(),
    }
}

fn is_benchmark(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name);
    name.trim_end().strip_prefix("Benchmark").is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

/// As `encoding/json` does by default, `<`, `>` and `&` escaped.
fn quote(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for char in String::from_utf8_lossy(bytes).chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// The time, in UTC: `2006-01-02T15:04:05.999999999Z`.
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    timestamp(since.as_secs(), since.subsec_nanos())
}

fn timestamp(seconds: u64, nanos: u32) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // The Gregorian calendar from March on, so that the leap day is the last; eras of 400 years have 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let fraction = format!(".{nanos:09}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of `output`, without times and package.
    fn convert(output: &[u8], passed: bool) -> String {
        let mut json = Vec::new();
        let mut converter = Converter::new(&mut json, "p");
        // However the bytes come.
        output.chunks(7).for_each(|chunk| converter.write(chunk));
        converter.close(passed, None);
        let json = String::from_utf8(json).unwrap();
        let lines = json.lines().map(|line| {
            let (_, line) = line.split_once("\",").unwrap();
            let line = line.replace(",\"Package\":\"p\"", "");
            match (line.contains("\"Test\""), line.split_once(",\"Elapsed\"")) {
                (false, Some((head, _))) => format!("{head}}}\n"),
                _ => format!("{line}\n"),
            }
        });
        lines.collect()
    }

    #[test]
    fn a_package_with_subtests_and_an_error() {
        let output = b"\x16=== RUN   TestA\n\x16=== RUN   TestA/s\n    a_test.go:5: \x0fbad <1>\n\x0eno end\x16--- FAIL: TestA (0.50s)\n\
            \x16    --- FAIL: TestA/s (0.00s)\n\x16=== RUN   TestB\nout\x1b\x16=== x\n\x16--- PASS: TestB (0.00s)\n\x16FAIL\nexit status 1\n";
        let expected = r#""Action":"start"}
"Action":"run","Test":"TestA"}
"Action":"output","Test":"TestA","Output":"=== RUN   TestA\n","OutputType":"frame"}
"Action":"run","Test":"TestA/s"}
"Action":"output","Test":"TestA/s","Output":"=== RUN   TestA/s\n","OutputType":"frame"}
"Action":"output","Test":"TestA/s","Output":"    a_test.go:5: "}
"Action":"output","Test":"TestA/s","Output":"bad \u003c1\u003e\n","OutputType":"error"}
"Action":"output","Test":"TestA/s","Output":"no end"}
"Action":"output","Test":"TestA","Output":"--- FAIL: TestA (0.50s)\n","OutputType":"frame"}
"Action":"output","Test":"TestA/s","Output":"    --- FAIL: TestA/s (0.00s)\n","OutputType":"frame"}
"Action":"fail","Test":"TestA/s","Elapsed":0}
"Action":"fail","Test":"TestA","Elapsed":0.5}
"Action":"run","Test":"TestB"}
"Action":"output","Test":"TestB","Output":"=== RUN   TestB\n","OutputType":"frame"}
"Action":"output","Test":"TestB","Output":"out\u0016=== x\n"}
"Action":"output","Test":"TestB","Output":"--- PASS: TestB (0.00s)\n","OutputType":"frame"}
"Action":"pass","Test":"TestB","Elapsed":0}
"Action":"output","Output":"FAIL\n","OutputType":"frame"}
"Action":"output","Output":"exit status 1\n"}
"Action":"fail"}
"#;
        assert_eq!(convert(output, false), expected);
    }

    #[test]
    fn no_tests_and_long_lines() {
        assert!(
            convert(b"?   \tp\t[no test files]\n", true)
                .ends_with("[no test files]\\n\"}\n\"Action\":\"skip\"}\n")
        );
        let long = "é".repeat(3000);
        let events = convert(format!("{long}\nPASS\n").as_bytes(), true);
        assert_eq!(events.matches("\"output\"").count(), 7, "{events}");
        assert!(!events.contains('\u{fffd}') && events.contains("é\\n"));
    }

    #[test]
    fn broken_packages() {
        let mut json = Vec::new();
        let lines = ["# p [p.test]".to_owned(), "./a.go:1:2: no".to_owned()];
        assert_eq!(build_events(&mut json, "p", &lines), "p [p.test]");
        let json = String::from_utf8(json).unwrap();
        assert_eq!(json.lines().count(), 3);
        assert!(json.ends_with("{\"ImportPath\":\"p [p.test]\",\"Action\":\"build-fail\"}\n"));
    }

    #[test]
    fn time_stamps() {
        assert_eq!(timestamp(0, 0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_827_696, 120_000_000), "2000-02-29T12:34:56.12Z");
        assert_eq!(timestamp(1_798_761_599, 1), "2026-12-31T23:59:59.000000001Z");
    }
}
