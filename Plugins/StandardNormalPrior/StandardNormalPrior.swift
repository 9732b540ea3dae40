// StandardNormalPrior
