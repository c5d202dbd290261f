module example.com/embedfiles

go 1.27
