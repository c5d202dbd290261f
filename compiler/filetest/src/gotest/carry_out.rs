//! Does what a recipe says.

use std::path::{Path, PathBuf};

use super::recipe::Recipe;
use super::toolchain::{Place, Ran, Toolchain};
use super::{Case, Verdict, applies, directory, expect};

/// The language version of modules made for folders: that of the compiler.
const LANGUAGE: &str = "1.27";

/// The language version of the modules of `runindir`, unless the recipe names one.
const MODULE_LANGUAGE: &str = "1.14";

/// Runs a case; `root` is the `test/` folder, `scratch` an empty folder.
pub fn run(case: &Case, toolchain: &Toolchain, root: &Path, scratch: &Path) -> Verdict {
    if let Some(rule) = applies::excluded(case) {
        return Verdict::DoesNotApply(rule);
    }
    let recipe = match &case.recipe {
        Ok(recipe) => recipe,
        Err(why) => return Verdict::Failed(why.clone()),
    };
    let job = Job { case, recipe, toolchain, root, scratch };
    let result = match recipe.action.as_str() {
        "compile" => job.compile(),
        "errorcheck" | "errorcheckwithauto" => job.errorcheck(&case.path),
        "errorcheckoutput" => job.errorcheckoutput(),
        "compiledir" => job.compiledir(),
        "errorcheckdir" => job.errorcheckdir(),
        "errorcheckandrundir" => job.errorcheckdir().and_then(|()| job.rundir()),
        "rundir" => job.rundir(),
        "runindir" => job.runindir(),
        "build" => job.build(),
        "builddir" => job.builddir(false),
        "buildrundir" => job.builddir(true),
        "run" | "buildrun" | "cmpout" => job.run(),
        "runoutput" => job.runoutput(),
        other => Err(format!("unknown action {other}")),
    };
    result.map_or_else(Verdict::Failed, |()| Verdict::Passed)
}

struct Job<'a> {
    case: &'a Case,
    recipe: &'a Recipe,
    toolchain: &'a Toolchain,
    root: &'a Path,
    scratch: &'a Path,
}

impl Job<'_> {
    fn place(&self, dir: &Path) -> Place {
        Place { dir: dir.to_owned(), environment: self.recipe.environment.clone() }
    }

    /// Flags of gc's compiler, for `build`.
    fn compiler_flags(&self, more: &[&str]) -> Vec<String> {
        let mut flags: Vec<&str> = more.to_vec();
        // What follows is for the linker.
        flags.extend(self.recipe.flags.iter().map(String::as_str).take_while(|flag| *flag != "-ldflags"));
        if flags.is_empty() { Vec::new() } else { vec![format!("-gcflags={}", flags.join(" "))] }
    }

    fn compile(&self) -> Result<(), String> {
        let mut flags = vec!["-e".to_owned(), "-p=p".to_owned()];
        flags.extend_from_slice(&self.recipe.flags);
        let ran = self.toolchain.compile(&self.place(self.scratch), &flags, &[text(&self.case.path)])?;
        ran.succeeded("compile").map(drop)
    }

    fn errorcheck(&self, file: &Path) -> Result<(), String> {
        let mut flags: Vec<String> = ["-p=p", "-C", "-e", "-d=panic"].map(str::to_owned).into();
        flags.extend_from_slice(&self.recipe.flags);
        let ran = self.toolchain.compile(&self.place(self.scratch), &flags, &[text(file)])?;
        self.verdict(&ran, self.recipe.wants_error)?;
        expect::check(&ran.output, self.recipe.wants_auto, &[file.to_owned()])
    }

    /// Whether the compilation failed as it should.
    fn verdict(&self, ran: &Ran, wants_error: bool) -> Result<(), String> {
        match (wants_error, ran.is_ok(), ran.status) {
            (true, true, _) => Err(format!("compiles, but must not\n{}", ran.output)),
            (true, false, crate::exec::Status::Exit(1 | 2))
                if !ran.output.contains("internal compiler error") =>
            {
                Ok(())
            }
            (false, true, _) => Ok(()),
            (_, false, status) => Err(format!("compile: {status}\n{}", ran.output)),
        }
    }

    fn errorcheckoutput(&self) -> Result<(), String> {
        let (files, args) = self.files_and_args();
        let ran = self.build_and_run(&[], &files, &args)?;
        let file = self.scratch.join("tmp__.go");
        write(&file, ran.bytes())?;
        ran.succeeded("run")?;
        self.errorcheck(&file)
    }

    /// The module made of the case's folder, and the folders of its packages in order.
    fn module(&self) -> Result<(PathBuf, Vec<directory::Package>), String> {
        let packages = directory::packages(&self.case.dir(), self.recipe.single_file_packages)?;
        let module = self.scratch.join("module");
        make_dir(&module)?;
        directory::lay_out(&self.case.dir(), &packages, LANGUAGE, &module)?;
        Ok((module, packages))
    }

    fn compiledir(&self) -> Result<(), String> {
        let (module, packages) = self.module()?;
        for package in packages {
            let ran = self.build_package(&module, &package, &["-e"])?;
            ran.succeeded(&format!("compile {}", package.folder()))?;
        }
        Ok(())
    }

    fn errorcheckdir(&self) -> Result<(), String> {
        let (module, packages) = self.module()?;
        let mut failing = packages.len() - 1;
        if self.recipe.wants_error && self.recipe.action == "errorcheckandrundir" {
            failing = failing.saturating_sub(1);
        }
        for (index, package) in packages.iter().enumerate() {
            let ran = self.build_package(&module, package, &["-e", "-C", "-d=panic"])?;
            self.verdict(&ran, self.recipe.wants_error && index == failing)?;
            let files: Vec<PathBuf> = package.files.iter().map(|file| self.case.dir().join(file)).collect();
            expect::check(&ran.output, self.recipe.wants_auto, &files)?;
        }
        Ok(())
    }

    /// Compiles a package of the case's module.
    fn build_package(
        &self,
        module: &Path,
        package: &directory::Package,
        flags: &[&str],
    ) -> Result<Ran, String> {
        let mut all: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        all.extend_from_slice(&self.recipe.flags);
        let path =
            if package.name == "main" { "main".to_owned() } else { format!("test/{}", package.folder()) };
        if self.toolchain.knows_modules_when_compiling() {
            all.push(format!("-p={path}"));
            return self.toolchain.compile(&self.place(module), &all, &package.paths());
        }
        // The go command compiles without linking for those who ask where the object file is.
        let flags = format!("-gcflags={}", all.join(" "));
        let folder = format!("./{}", package.folder());
        let args = ["list", "-export", "-f={{\"\"}}", &flags, &folder].map(str::to_owned);
        self.toolchain.tool(&self.place(module), &args)
    }

    fn rundir(&self) -> Result<(), String> {
        let (module, packages) = self.module()?;
        let main = packages.last().ok_or("no package")?;
        let program = self.scratch.join("a.exe");
        let mut flags = self.compiler_flags(&[]);
        if let Some(at) = self.recipe.flags.iter().position(|flag| flag == "-ldflags") {
            let list: Vec<&str> =
                self.recipe.flags[at + 1..].iter().chain(&self.recipe.args).map(String::as_str).collect();
            flags.push(format!("-ldflags={}", list.join(" ")));
        }
        let built = self.toolchain.build(
            &self.place(&module),
            &flags,
            &program,
            &[format!("./{}", main.folder())],
        )?;
        built.succeeded("build")?;
        self.run_program(&self.place(self.scratch), &program, &self.recipe.args)
    }

    fn runindir(&self) -> Result<(), String> {
        let dir = self.case.dir();
        let name = dir.file_name().ok_or("no name")?;
        let module = self.scratch.join("src").join(name);
        directory::copy(&dir, &module)?;
        let version = self.recipe.module_version.as_deref().unwrap_or(MODULE_LANGUAGE);
        write(&module.join("go.mod"), format!("module {}\ngo {version}\n", name.display()))?;
        let program = self.scratch.join("a.exe");
        let mut flags = self.recipe.flags.clone();
        flags.extend_from_slice(&self.recipe.args);
        self.toolchain
            .build(&self.place(&module), &flags, &program, &[".".to_owned()])?
            .succeeded("build")?;
        self.run_program(&self.place(&module), &program, &[])
    }

    fn build(&self) -> Result<(), String> {
        let program = self.scratch.join("a.exe");
        let ran = self.toolchain.build(
            &self.place(self.scratch),
            &self.recipe.flags,
            &program,
            &[text(&self.case.path)],
        )?;
        ran.succeeded("build").map(drop)
    }

    fn builddir(&self, runs: bool) -> Result<(), String> {
        let module = self.scratch.join("module");
        directory::copy(&self.case.dir(), &module)?;
        if !module.join("go.mod").exists() {
            write(&module.join("go.mod"), format!("module test\n\ngo {LANGUAGE}\n"))?;
        }
        let program = self.scratch.join("a.exe");
        let built =
            self.toolchain.build(&self.place(&module), &self.recipe.flags, &program, &[".".to_owned()])?;
        built.succeeded("build")?;
        if runs { self.run_program(&self.place(self.scratch), &program, &[]) } else { Ok(()) }
    }

    fn run(&self) -> Result<(), String> {
        let (files, args) = self.files_and_args();
        let output = self.build_and_run(&self.recipe.flags, &files, &args)?.succeeded("run")?;
        self.expected_output(&output)
    }

    fn runoutput(&self) -> Result<(), String> {
        let (files, args) = self.files_and_args();
        let ran = self.build_and_run(&[], &files, &args)?;
        let file = self.scratch.join("tmp__.go");
        write(&file, ran.bytes())?;
        ran.succeeded("run")?;
        let output = self.build_and_run(&[], &[text(&file)], &[])?.succeeded("run")?;
        self.expected_output(&output)
    }

    /// As for `go run`: further `.go` files belong to the program, what follows them are its arguments.
    fn files_and_args(&self) -> (Vec<String>, Vec<String>) {
        let dir = self.case.path.parent().unwrap_or(self.root);
        let count = self.recipe.args.iter().take_while(|arg| arg.ends_with(".go")).count();
        let (files, args) = self.recipe.args.split_at(count);
        let more = files.iter().map(|file| text(&dir.join(file)));
        (std::iter::once(text(&self.case.path)).chain(more).collect(), args.to_vec())
    }

    fn build_and_run(&self, flags: &[String], files: &[String], args: &[String]) -> Result<Ran, String> {
        let program = self.scratch.join("test.exe");
        let place = self.place(self.root);
        self.toolchain.build(&place, flags, &program, files)?.succeeded("build")?;
        self.toolchain.program(&place, &program, args)
    }

    fn run_program(&self, place: &Place, program: &Path, args: &[String]) -> Result<(), String> {
        let output = self.toolchain.program(place, program, args)?.succeeded("run")?;
        self.expected_output(&output)
    }

    /// Compares with the `.out` file; without one there must be no output.
    fn expected_output(&self, got: &str) -> Result<(), String> {
        let want = std::fs::read(self.case.path.with_extension("out")).unwrap_or_default();
        let want = String::from_utf8_lossy(&want);
        let got = got.replace("\r\n", "\n");
        if got == want {
            return Ok(());
        }
        let line = got.lines().zip(want.lines()).position(|(got, want)| got != want);
        let line = line.unwrap_or_else(|| got.lines().count().min(want.lines().count()));
        let at = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
        Err(format!("output: line {}: got {:?}, want {:?}", line + 1, at(&got), at(&want)))
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), String> {
    std::fs::write(path, contents).map_err(|e| format!("{}: {e}", path.display()))
}

fn make_dir(path: &Path) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|e| format!("{}: {e}", path.display()))
}
