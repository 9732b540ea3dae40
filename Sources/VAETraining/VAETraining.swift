// VAETraining
