//! `rgo env`.

use std::path::PathBuf;

use rgo_load::goroot;

use crate::cli::EnvQuery;
use crate::env::{Environment, HOST};
use crate::{Failed, pipeline};

/// Prints all variables, or the values of the named ones.
pub(crate) fn env(query: &EnvQuery, environment: &Environment) -> Result<(), Failed> {
    let variables = variables(query, environment);
    if !query.variables.is_empty() && !query.json {
        for name in &query.variables {
            println!("{}", variables.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value));
        }
        return Ok(());
    }
    let wanted = |name: &str| query.variables.is_empty() || query.variables.iter().any(|v| v == name);
    let shown: Vec<_> = variables.iter().filter(|(name, _)| wanted(name)).collect();
    if query.json {
        let lines: Vec<String> =
            shown.iter().map(|(name, value)| format!("\t{name:?}: {}", json(value))).collect();
        println!("{{\n{}\n}}", lines.join(",\n"));
    } else {
        for (name, value) in shown {
            println!("{name}='{}'", value.replace('\'', "'\\''"));
        }
    }
    Ok(())
}

fn variables(query: &EnvQuery, environment: &Environment) -> Vec<(&'static str, String)> {
    let target = environment.target(None).unwrap_or(HOST);
    let path =
        |path: &Option<PathBuf>| path.as_ref().map_or(String::new(), |path| path.display().to_string());
    let go_mod = environment.dir.ancestors().map(|dir| dir.join("go.mod")).find(|file| file.is_file());
    // A missing standard library is no reason to fetch it only to print where it is.
    let goroot = pipeline::find_goroot(query.goroot.clone(), environment, pipeline::Fetch::Never);
    vec![
        ("CGO_ENABLED", "0".to_owned()),
        ("GOARCH", target.goarch.to_owned()),
        ("GOENV", environment.goenv.as_ref().map_or("off".to_owned(), |file| file.display().to_string())),
        ("GOEXE", if target.goos == "windows" { ".exe".to_owned() } else { String::new() }),
        ("GOEXPERIMENT", environment.goexperiment.clone()),
        ("GOFLAGS", environment.goflags.clone()),
        ("GOHOSTARCH", HOST.goarch.to_owned()),
        ("GOHOSTOS", HOST.goos.to_owned()),
        ("GOMOD", go_mod.map_or_else(|| "/dev/null".to_owned(), |file| file.display().to_string())),
        ("GOMODCACHE", path(&environment.gomodcache)),
        ("GOOS", target.goos.to_owned()),
        ("GOPATH", path(&environment.gopath)),
        ("GOROOT", goroot.map_or(String::new(), |dir| dir.display().to_string())),
        ("GOVERSION", goroot::VERSION.to_owned()),
        ("GOWORK", environment.work_file()),
        (
            "RGO_BUILD_CACHE",
            environment.build_cache.as_ref().map_or("off".to_owned(), |dir| dir.display().to_string()),
        ),
        ("RGO_CACHE", path(&environment.cache)),
        ("RGO_GOROOT", path(&environment.rgo_goroot)),
        ("RGO_OVERLAY", path(&environment.overlay)),
    ]
}

fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
