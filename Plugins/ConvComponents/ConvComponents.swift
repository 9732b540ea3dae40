// ConvComponents
