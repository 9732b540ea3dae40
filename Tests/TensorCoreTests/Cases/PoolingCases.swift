import TensorCore

extension PrimitiveCase {
  private static let windows: [(Shape, kernel: (height: Int, width: Int), Window)] = [
    ([1, 1, 1, 1], (1, 1), Window(stride: 1)),
    ([2, 4, 6, 3], (2, 2), Window(stride: 2)),
    ([2, 5, 4, 17], (3, 2), Window(stride: 2, padding: 1)),
    ([1, 6, 5, 2], (2, 3), Window(stride: 1, dilation: 2)),
    (
      [2, 5, 5, 1], (3, 3),
      Window(stride: (2, 3), padding: .init(top: 1, bottom: 0, left: 0, right: 1))
    ),
    ([0, 4, 4, 2], (2, 2), Window(stride: 2)),
  ]

  static let pooling: [PrimitiveCase] = windows.flatMap { shape, kernel, window in
    let place = "\(shape) by \(kernel.height) \(kernel.width)"
    return [
      PrimitiveCase("max pooling: \(place)", [.distinct(shape)]) {
        $0[0].maxPooled(kernel: kernel, window: window)
      },
      PrimitiveCase("average pooling: \(place)", [.real(shape)]) {
        $0[0].averagePooled(kernel: kernel, window: window)
      },
    ]
  }
}
