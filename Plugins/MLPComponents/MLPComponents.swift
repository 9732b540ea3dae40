// MLPComponents
