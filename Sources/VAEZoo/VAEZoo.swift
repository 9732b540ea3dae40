// VAEZoo
