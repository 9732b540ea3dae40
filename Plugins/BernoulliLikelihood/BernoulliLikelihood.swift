// BernoulliLikelihood
