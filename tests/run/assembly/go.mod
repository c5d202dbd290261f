module assembly

go 1.27
