// swift-tools-version:6.2
import PackageDescription

func zoo(_ names: String...) -> [Target.Dependency] {
  names.map { .product(name: $0, package: "swift-vae-zoo") }
}

// A package of a stranger's own: components, a preset, a kind of data, and a command that knows them all.
let package = Package(
  name: "outside-component",
  products: [.library(name: "OutsideComponent", targets: ["OutsideComponent"])],
  dependencies: [
    // Outside this repository: .package(url: "…", from: "…").
    .package(name: "swift-vae-zoo", path: "../..")
  ],
  targets: [
    .target(
      name: "OutsideComponent",
      dependencies: zoo("TensorCore", "Layers", "VAECore", "ComponentRegistry", "GaussianFamily")),
    .target(name: "Points", dependencies: zoo("VAEZoo")),
    .executableTarget(
      name: "mine", dependencies: ["OutsideComponent", "Points"] + zoo("VAEZoo", "VAECommand")),
    .testTarget(
      name: "OutsideComponentTests",
      dependencies: ["OutsideComponent", "Points", "mine"]
        + zoo(
          "TensorCore", "Layers", "VAECore", "VAETestKit", "VAETraining", "GaussianFamily",
          "ELBOObjective", "MLPComponents", "VAEZoo")),
  ]
)
