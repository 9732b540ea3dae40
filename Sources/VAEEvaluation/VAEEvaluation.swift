// VAEEvaluation
