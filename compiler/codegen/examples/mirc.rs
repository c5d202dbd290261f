//! Compiles a MIR file and links it with an rt archive: `mirc input.mir librgo_rt.a output`.

use std::fs;
use std::process::ExitCode;

use rgo_codegen::{Options, compile_module};
use rgo_target::LINUX_AMD64;

fn build(input: &str, archive: &str, output: &str) -> Result<(), Box<dyn std::error::Error>> {
    let module = rgo_mir::parse_module(&fs::read_to_string(input)?)?;
    let object = compile_module(&module, &LINUX_AMD64, Options::default(), 1)?;
    let rt = fs::read(archive)?;
    let positions = |pos: u32| Some((input.to_owned(), pos));
    let image = rgo_link::link(&object, &rt, &positions, &LINUX_AMD64, &rgo_link::Options::default())?;
    fs::write(output, image)?;
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, archive, output] = &args[..] else {
        eprintln!("usage: mirc input.mir librgo_rt.a output");
        return ExitCode::from(2);
    };
    match build(input, archive, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
