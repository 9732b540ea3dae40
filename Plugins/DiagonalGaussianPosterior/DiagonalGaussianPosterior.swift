// DiagonalGaussianPosterior
