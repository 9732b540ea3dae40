public import TensorCore

extension Window {
  /// The window whose convolution turns an image into ⌈height / stride⌉ by ⌈width / stride⌉ pixels.
  ///
  /// It stands (kernel - 1) / 2 zeros before the first pixel, as PyTorch's `padding=(kernel - 1) //
  /// 2`, and as many after the last as are needed. No size is too small: a 1x1 image stays 1x1.
  public static func same(
    height: Int, width: Int, kernel: Int, stride: Int
  ) -> (window: Window, height: Int, width: Int) {
    func after(_ size: Int, _ count: Int) -> Int {
      max(0, (count - 1) * stride + kernel - size - (kernel - 1) / 2)
    }
    let (rows, columns) = ((height + stride - 1) / stride, (width + stride - 1) / stride)
    let before = (kernel - 1) / 2
    let padding = Padding(
      top: before, bottom: after(height, rows), left: before, right: after(width, columns))
    return (Window(stride: (stride, stride), padding: padding), rows, columns)
  }
}
