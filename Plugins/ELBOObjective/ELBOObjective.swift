// ELBOObjective
