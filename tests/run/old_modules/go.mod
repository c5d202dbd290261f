module old_modules

go 1.17
