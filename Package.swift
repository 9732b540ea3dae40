// swift-tools-version:6.2
import PackageDescription

/// Continuous integration sets this, so that no warning lands; people who depend on the package are spared.
let warningsAreErrors = Context.environment["VAE_WARNINGS_AS_ERRORS"] != nil

/// The language settings every Swift target here is compiled with.
let strict: [SwiftSetting] =
  (warningsAreErrors ? [.treatAllWarnings(as: .error)] : []) + [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]

/// A module of the library, in `Sources/`.
func module(_ name: String, needs dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A family of components: it lives in `Plugins/` but is an ordinary library target.
func component(_ name: String) -> Target {
  .target(
    name: name, dependencies: ["TensorCore", "Layers", "VAECore", "ComponentRegistry"],
    path: "Plugins/\(name)", swiftSettings: strict)
}

/// The tests of one module.
func tests(_ name: String, needs extra: [Target.Dependency] = [], resources: [Resource] = [])
  -> Target
{
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + extra, resources: resources,
    swiftSettings: strict)
}

let modules = [
  "TensorCore", "Layers", "VAECore", "VAETraining", "VAEData", "VAEEvaluation", "ImageOutput",
  "VAETestKit", "ComponentRegistry",
]
let components = [
  "MLPComponents", "ConvComponents", "RecurrentComponents", "TransformerComponents",
  "GaussianFamily", "BernoulliFamily", "CategoricalFamily", "ELBOObjective",
  "ImportanceWeightedObjective", "DeterministicComponents", "DisentanglingPenalties",
  "AggregateDivergences", "AdversarialModels", "ImageLosses", "ClassifierHead",
]
let componentTargets = components.map { Target.Dependency.target(name: $0) }

let package = Package(
  name: "swift-vae-zoo",
  products: (modules + components + ["VAEZoo", "VAECommand"]).map {
    .library(name: $0, targets: [$0])
  }
    + [.executable(name: "vae", targets: ["vae"])],
  traits: [
    .default(enabledTraits: ["OneDNN", "JPEG"]),
    .trait(name: "OneDNN", description: "Dense products and convolutions run on oneDNN."),
    .trait(name: "JPEG", description: "Images are read from JPEG too, by libjpeg-turbo."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // The engine.
    .target(name: "CTensorKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "COneDNN", dependencies: ["CTensorKernels"],
      cSettings: [.define("VAE_ONEDNN", .when(traits: ["OneDNN"]))],
      linkerSettings: [.linkedLibrary("dnnl", .when(traits: ["OneDNN"]))]),
    module(
      "TensorCore",
      needs: [
        "CTensorKernels", .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
      ]),
    module("Layers", needs: ["TensorCore"]),

    // What a model is, how it is trained, fed and measured.
    module("VAECore", needs: ["TensorCore", "Layers"]),
    module("SystemFiles"),
    module("ComponentRegistry", needs: ["SystemFiles", "TensorCore", "VAECore"]),
    module("VAETraining", needs: ["SystemFiles", "TensorCore", "Layers", "VAECore"]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    module(
      "VAEData",
      needs: ["SystemFiles", "TensorCore", "VAECore", "ComponentRegistry", "ImageOutput", "CZlib"]),
    module("VAEEvaluation", needs: ["TensorCore", "Layers", "VAECore", "VAEData"]),
    .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(
      name: "CPNGBridge", dependencies: ["CLibPNG"],
      linkerSettings: [.linkedLibrary("png16", .when(platforms: [.linux]))]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    module(
      "ImageOutput",
      needs: [
        "SystemFiles", "CPNGBridge",
        .target(name: "CTurboJPEG", condition: .when(traits: ["JPEG"])),
      ]),
    module("VAETestKit", needs: ["TensorCore", "Layers", "VAECore"]),

    // Everything together, and the command.
    module(
      "VAEZoo",
      needs: modules.filter { $0 != "VAETestKit" }.map { .target(name: $0) } + componentTargets
        + ["SystemFiles", "Yams"]),
    module(
      "VAECommand",
      needs: ["VAEZoo", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    .executableTarget(name: "vae", dependencies: ["VAECommand"], swiftSettings: strict),

    // Training steps, timed: `make bench`.
    .target(name: "CAllocations", path: "Benchmarks/CAllocations"),
    .executableTarget(
      name: "StepBenchmark",
      dependencies: [
        "TensorCore", "Layers", "VAECore", "MLPComponents", "GaussianFamily", "BernoulliFamily",
        "CAllocations",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/StepBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "ImageVAE", dependencies: ["VAEZoo"], path: "Examples/ImageVAE", swiftSettings: strict),
    .executableTarget(
      name: "SequenceVAE", dependencies: ["VAEZoo"], path: "Examples/SequenceVAE",
      swiftSettings: strict),
    .executableTarget(
      name: "Classification", dependencies: ["VAEZoo"], path: "Examples/Classification",
      swiftSettings: strict),

    // Tests, one target a module.
    tests("TensorCore", needs: ["CTensorKernels"], resources: [.copy("Golden")]),
    tests("Layers", needs: ["TensorCore", "VAETestKit"], resources: [.copy("Golden")]),
    tests("VAECore", needs: ["TensorCore", "Layers", "VAETestKit"]),
    tests(
      "VAETraining",
      needs: [
        "SystemFiles", "TensorCore", "Layers", "VAECore", "VAEData", "VAEEvaluation",
        "VAETestKit",
      ] + componentTargets,
      resources: [.copy("Golden")]),
    tests(
      "VAEData", needs: ["TensorCore", "VAECore", "ImageOutput"], resources: [.copy("Golden")]),
    tests(
      "VAEEvaluation", needs: ["TensorCore", "VAECore", "VAEData"] + componentTargets,
      resources: [.copy("Golden")]),
    tests("ImageOutput", resources: [.copy("Golden")]),
    tests("VAETestKit", needs: ["TensorCore", "Layers", "VAECore", "ELBOObjective"]),
    .testTarget(
      name: "ComponentTests",
      dependencies: ["TensorCore", "Layers", "VAECore", "VAETestKit"] + componentTargets,
      resources: [.copy("Golden")], swiftSettings: strict),
    .testTarget(
      name: "ModelKindTests",
      dependencies: [
        "TensorCore", "Layers", "VAECore", "VAETraining", "VAEEvaluation", "VAETestKit",
      ] + componentTargets, swiftSettings: strict),
    tests("VAEZoo", needs: ["TensorCore", "VAECore", "VAEData", "VAETraining"]),
    .testTarget(
      name: "CommandTests",
      dependencies: ["vae", "ImageVAE", "Classification", "SequenceVAE", "VAEZoo", "ImageOutput"],
      exclude: ["Fixtures"], swiftSettings: strict),
  ] + components.map { component($0) }
)
