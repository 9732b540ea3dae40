// swift-tools-version:6.2
import PackageDescription

// A package of a stranger's own: two components, their laws, and a training run.
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
      dependencies: [
        .product(name: "TensorCore", package: "swift-vae-zoo"),
        .product(name: "Layers", package: "swift-vae-zoo"),
        .product(name: "VAECore", package: "swift-vae-zoo"),
      ]),
    .testTarget(
      name: "OutsideComponentTests",
      dependencies: [
        "OutsideComponent",
        .product(name: "TensorCore", package: "swift-vae-zoo"),
        .product(name: "Layers", package: "swift-vae-zoo"),
        .product(name: "VAECore", package: "swift-vae-zoo"),
        .product(name: "VAETestKit", package: "swift-vae-zoo"),
        .product(name: "VAETraining", package: "swift-vae-zoo"),
        .product(name: "GaussianFamily", package: "swift-vae-zoo"),
        .product(name: "ELBOObjective", package: "swift-vae-zoo"),
        .product(name: "MLPComponents", package: "swift-vae-zoo"),
      ]),
  ]
)
