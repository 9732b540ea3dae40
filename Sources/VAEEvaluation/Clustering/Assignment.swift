/// The best way to give each row of a table a column of its own.
public struct Assignment: Sendable, Hashable {
  /// The column of each row; nil for rows left over where there are fewer columns.
  public let columns: [Int?]
  /// The sum of the benefits so chosen.
  public let total: Double

  /// Chooses columns so that the sum of `benefits[row][column]`, all finite, is as large as can be.
  ///
  /// - Source: Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics
  ///   Quarterly 2 (1955), by shortest augmenting paths as in Jonker and Volgenant, Computing 38
  ///   (1987).
  public init(benefits: [[Double]]) {
    let (rows, width) = (benefits.count, benefits.first?.count ?? 0)
    precondition(benefits.allSatisfy { $0.count == width }, "the rows of a table are equally long")
    let size = max(rows, width)
    // Rows and columns are counted from 1; row 0 and column 0 stand for none.
    func cost(_ row: Int, _ column: Int) -> Double {
      row <= rows && column <= width ? -benefits[row - 1][column - 1] : 0
    }
    var rowPotential = [Double](repeating: 0, count: size + 1)
    var columnPotential = rowPotential
    var rowOfColumn = [Int](repeating: 0, count: size + 1)
    for row in stride(from: 1, through: size, by: 1) {
      rowOfColumn[0] = row
      var column = 0
      var distance = [Double](repeating: .infinity, count: size + 1)
      var previous = [Int](repeating: 0, count: size + 1)
      var isReached = [Bool](repeating: false, count: size + 1)
      repeat {
        isReached[column] = true
        let current = rowOfColumn[column]
        var (step, next) = (Double.infinity, 0)
        for j in 1...size where !isReached[j] {
          let reduced = cost(current, j) - rowPotential[current] - columnPotential[j]
          if reduced < distance[j] { (distance[j], previous[j]) = (reduced, column) }
          if distance[j] < step { (step, next) = (distance[j], j) }
        }
        for j in 0...size {
          if isReached[j] {
            rowPotential[rowOfColumn[j]] += step
            columnPotential[j] -= step
          } else {
            distance[j] -= step
          }
        }
        column = next
      } while rowOfColumn[column] != 0
      while column != 0 {
        rowOfColumn[column] = rowOfColumn[previous[column]]
        column = previous[column]
      }
    }
    var columns = [Int?](repeating: nil, count: rows)
    for column in stride(from: 1, through: width, by: 1) where rowOfColumn[column] <= rows {
      columns[rowOfColumn[column] - 1] = column - 1
    }
    self.columns = columns
    total = columns.enumerated().reduce(0) { sum, chosen in
      sum + (chosen.element.map { benefits[chosen.offset][$0] } ?? 0)
    }
  }
}
