// ImageOutput
