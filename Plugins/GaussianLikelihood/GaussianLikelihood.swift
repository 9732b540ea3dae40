// GaussianLikelihood
