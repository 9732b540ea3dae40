import Foundation
import Testing
import VAEZoo

/// One clear line on standard error, nothing on standard output.
func expectRefusal(
  _ outcome: Outcome, _ status: Int32, _ part: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  #expect(outcome.errors.hasPrefix("error: "), sourceLocation: sourceLocation)
  #expect(
    outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)",
    sourceLocation: sourceLocation)
  #expect(outcome.errors.contains(part), "\(outcome.errors)", sourceLocation: sourceLocation)
}

// MARK: - Usage

@Test(arguments: [
  (["--bogus"], "see 'vae train --help'"),
  (["--preset", "pytorch-mnit"], "did you mean 'pytorch-mnist'?"),
  (["--set", "encoder.hiden=[4]"], "did you mean 'encoder.hidden'?"),
  (["--set", "encodr.hidden=[4]"], "did you mean 'encoder'?"),
  (["--set", "encoder.hidden=many"], "encoder.hidden: expected a list"),
  (["--set", "encoder.hidden=[0]"], "encoder.hidden: takes widths"),
  (["--set", "trainer.epochs=ten"], "trainer.epochs: expected a whole number"),
  (["--set", "trainer.optimizer.name=adan"], "did you mean 'adam'?"),
  (["--set", "trainer.optimizer.learning_rate=-1"], "learning_rate"),
  (["--set", "trainer.batch_size=0"], "batch_size"),
  (["--set", "decoder={name: conv, stages: [{channels: 4, kernel: 0}]}"], "decoder.stages"),
  (["--set", "latent"], "key=value"), (["--set", "latent=0"], "latent: takes a count"),
  (["--set", "data.row_shape=[-1, 2, 1]"], "data.row_shape"),
  (["--set", "data.limit=0"], "data.limit"),
  (["--epochs", "-1"], "epochs"), (["--epochs", "0"], "trainer.epochs: takes a count from 1"),
  (["--threads", "0"], "--threads"),
  (["--size", "0"], "data.size"),
  (["--size", "abc"], "data.size"),
  (["--preset", "conv-28", "--config", "x.yaml"], "--preset and --config"),
])
func wrongUsageIs64(words: [String], part: String) throws {
  let scratch = try Scratch()
  expectRefusal(
    try Command.run(["train", "--out", scratch.file("run")] + words), 64, part)
  #expect(!scratch.holds("run"))
}

private let reconstruction = "objective={name: reconstruction, penalties: {squared-error: {}}}"

/// Objectives that cannot be meant, told before the data, which is not there, is looked for.
@Test(arguments: [
  (
    ["objective.penalties={mdd: {}}"],
    "objective.penalties: no penalty is called 'mdd'; did you mean 'mmd'?"
  ),
  (
    ["objective.penalties={mmd: {wieght: 3}}"],
    "unknown key 'objective.penalties.mmd.wieght'; did you mean 'objective.penalties.mmd.weight'?"
  ),
  (["objective.penalties=[mmd]"], "objective.penalties: expected parts by name"),
  (["objective.penalties={mmd: 3}"], "objective.penalties.mmd: expected the options of 'mmd'"),
  (
    ["objective.penalties={mmd: {weight: -1}}"],
    "objective.penalties.mmd.weight: takes a number not below 0"
  ),
  (
    ["objective.penalties={covariance: {}}", "trainer.batch_size=1"],
    "a covariance compares the examples of a batch, and batches have 1"
  ),
  (
    ["objective.penalties={mmd: {}}", "trainer.batch_size=1"],
    "compares the examples of a batch, and batches have 1"
  ),
  (
    ["objective.penalties={covariance: {diagonal: 0, off_diagonal: 0}}"],
    "are both 0, so that nothing is penalized"
  ),
  (
    ["objective.penalties={density-ratio: {}}", "latent=1"],
    "a total correlation is between codes, and the model has only one"
  ),
  (
    ["objective={capacity: 5, free_bits: 0.1}"],
    "objective.capacity: holds the KL at a value, while free_bits lets it be small for nothing"
  ),
  (["objective={capacity_steps: 5}"], "objective.capacity_steps: is how long a capacity rises"),
  (["objective={capacity: 5, kl_weight: 0}"], "objective.kl_weight: weighs the distance"),
  (
    ["objective={name: importance-weighted, samples: 0}"], "objective.samples: takes a count from 1"
  ),
  (
    ["posterior=point"],
    "the evidence lower bound needs the densities of codes, and those at 'z' have none"
  ),
  (
    ["likelihood=point"],
    "the evidence lower bound needs the density of observations, and this model's have none"
  ),
  (
    ["likelihood=point", "objective=importance-weighted"],
    "an importance-weighted bound needs the density of observations"
  ),
  (
    ["likelihood=point", "objective=reconstruction"],
    "no penalty is a distance, so that nothing compares"
  ),
  (
    ["posterior=point", "objective={name: reconstruction, kl_weight: 0.5}"],
    "the KL is to count 0.5, but codes at 'z' have no densities to compare"
  ),
  (
    ["posterior=point", reconstruction, "objective.penalties.total-correlation={}"],
    "a total correlation needs the densities of codes"
  ),
  (["objective=gan"], "this model has an encoder that nothing would train"),
  (
    ["objective.penalties={image-adversary: {weight: 0}}"],
    "objective.penalties.image-adversary.weight: takes a number above 0"
  ),
  (
    ["objective.penalties={code-adversary: {weight: 0}}"],
    "objective.penalties.code-adversary.weight: takes a number above 0"
  ),
  (["objective.penalties={features: {}}"], "objective.penalties.features.from: names the network"),
  (
    ["objective={name: denoising, objective: importance-weighted}"],
    "the objective 'importance-weighted' has no damaged form; choose elbo or reconstruction"
  ),
  (["posterior=grid-gaussian"], "choose one that gives grids, as {name: conv, grid: true}"),
])
func objectivesThatCannotBeMeant(changes: [String], part: String) throws {
  try expectRefusal(of: changes, over: "pytorch-mnist", part)
}

/// The same of a model that infers no codes.
@Test(arguments: [
  (["objective=vae-gan"], "choose a model with an encoder, such as vae"),
  ([reconstruction], "this model infers none; choose an encoder"),
  (["objective=elbo"], "the evidence lower bound needs the density of observations"),
])
func gamesThatCannotBeMeant(changes: [String], part: String) throws {
  try expectRefusal(of: changes, over: "gan-mlp", part)
}

private func expectRefusal(of changes: [String], over preset: String, _ part: String) throws {
  let scratch = try Scratch()
  let options = changes.flatMap { ["--set", $0] }
  expectRefusal(
    try Command.run(
      ["train", "--preset", preset, "--data", scratch.file("nothing")] + options
        + ["--out", scratch.file("run")]), 64, part)
  #expect(!scratch.holds("run"))
}

/// What options may get wrong is told before the data, which is not there, is looked for.
@Test(arguments: [
  (
    ["--set", "encoder.hiden=[400]"],
    "unknown key 'encoder.hiden'; did you mean 'encoder.hidden'? (known: hidden, activation, initializer, name)"
  ), (["--set", "encoder.stages=[8]"], "unknown key 'encoder.stages'"),
  (["--set", "likelihood.foo=1"], "unknown key 'likelihood.foo'; known: name"),
  (["--set", "likelihood.sigma=0.5"], "unknown key 'likelihood.sigma'"),
  (["--set", "trainer.epoch=3"], "did you mean 'trainer.epochs'?"),
  (["--set", "trainer.optimizer.momentum=0.9"], "the optimizer adam has no momentum"),
  (["--set", "trainer.schedule.gamma=0.9"], "the schedule constant has no gamma"),
  (
    ["--set", "trainer.early_stopping.patiense=3"], "did you mean 'trainer.early_stopping.patience'"
  ),
  (["--set", "trainer.precision.bits=16"], "trainer.precision: expected text"),
  (["--set", "data.sise=3"], "did you mean 'data.size'? (known: size, fit, resampling, channels,"),
  (["--set", "data.kind=imges"], "data.kind: no domain is called 'imges'; did you mean 'images'?"),
  (["--set", "measure.exampels=3"], "did you mean 'measure.examples'?"),
  (
    ["--set", "latnt=3"],
    "did you mean 'latent'? (known: latent, encoder, posterior, prior, decoder, likelihood, preset,"
  ), (["--set", "encoder={nam: mlp}"], "did you mean 'encoder.name'?"),
  (["--set", "trainer=3"], "trainer: expected a mapping, found the number 3"),
  (["--set", "measure=3"], "measure: expected a mapping"),
  (["--set", "model=vea"], "model: no model is called 'vea'; did you mean 'vae'?"),
  (
    ["--set", "encoder=mpl"],
    "encoder.name: no encoder is called 'mpl'; did you mean 'mlp'? (known: mlp, residual-mlp, conv,"
  ),
  (
    ["--preset", "sentence-gru", "--set", "likelihood=gaussian"],
    "likelihood.name: the likelihood 'gaussian' is for Tensor or signals, not for text; choose among"
  ),
  (
    ["--preset", "sentence-gru", "--set", "objective=denoising"],
    "objective.name: the objective 'denoising' is for Tensor, not for text; choose among elbo"
  ),
  (
    ["--set", "likelihood={name: gaussian, scale: shared, sigma: 0.001}"],
    "likelihood.sigma: takes a number above floor, which is 0.01, found 0.001"
  ),
  (
    ["--preset", "sentence-transformer", "--set", "encoder.heads=3"],
    "encoder.heads: takes a number that divides width 256, found 3"
  ),
  (
    [
      "--set", "objective=denoising", "--set", "objective.amount=2", "--set",
      "objective.corruption=masking",
    ], "objective.amount: takes a share below 1"
  ),
  (
    ["--set", "objective.objective.kl_weight=-2", "--set", "objective=denoising"],
    "objective.objective.kl_weight: takes a number not below 0"
  ),
  (
    ["--preset", "series-gru", "--set", "data.stride=3"],
    "data.stride: means nothing without a window"
  ),
  (["--preset", "sentence-gru", "--set", "data.window=0"], "data.window: takes a count from 1"),
  (["--preset", "sentence-gru", "--size", "8"], "unknown key 'data.size'"),
  (["--set", "observation=[3, 3, 1]"], "observation: is what the data turns out to be"),
  (["--set", "trainer.optimizer=sdg"], "did you mean 'sgd'?"),
  (["--set", "trainer.schedule=cosin"], "did you mean 'cosine'?"),
  (["--set", "trainer.schedule=cosine", "--set", "trainer.schedule.gamma=1"], "has no gamma"),
  (
    ["--preset", "iwae-mnist", "--set", "objective.samples=0"],
    "objective.samples: takes a count from 1"
  ), (["--set", "objective={name: importance-weighted, elbo_share: 2}"], "objective.elbo_share"),
  (
    ["--set", "objective={name: elbo, free_bits: 1, free_bits_group: 3}"],
    "3 does not divide the model's 16 codes"
  ),
  (
    ["--set", "objective={name: elbo, free_bits: 1, free_bits_group: 4}", "--set", "latent=8"]
      + ["--set", "prior=gaussian-mixture"], "do not tell; make one group of all 8"
  ),
  (
    ["--set", "objective.inner_steps=3", "--set", "measure.examples=0"],
    "measure.examples: takes 1 or more"
  ),
  (
    ["--set", "prior=conditional-gaussian"],
    "prior 'conditional-gaussian': it is a Gaussian for each class"
  ),
  (
    ["--preset", "conditional-mlp", "--set", "data.kind=images"],
    "model: the model 'conditional-vae' is for"
  ), (["--preset", "conditional-mlp", "--set", "encoder=gru"], "choose among mlp"),
  (["--set", "trains=[priro]"], "trains: only 'priro' is to train, but no part of that name"),
  (["--set", "stages.late.trains=[prior]"], "stages.late.trains: only 'prior' is to train"),
])
func whatMakesNoSenseIsToldBeforeDataIsRead(words: [String], part: String) throws {
  let scratch = try Scratch()
  expectRefusal(
    try Command.run(["train", "--data", "/no/such", "--out", scratch.file("run")] + words), 64, part
  )
  #expect(!scratch.holds("run"))
}

@Test(arguments: [
  (["sample"], "missing expected argument '<run>'"),
  (["trian"], "no command is called 'trian'; did you mean 'train'?"),
  (["sample", "run", "--count", "0"], "--count"),
  (["sample", "run", "--count", "-3"], "--count takes a count from 1 to 100000, not -3"),
  (["train", "--out", "x", "--epochs", "-3"], "epochs must be 0 or more"),
  (["encode", "run", "--out", "codes.json"], "ends in .csv or .npy"),
  (["encode", "run", "--out", "codes"], "ends in .csv or .npy"),
  (["detect", "run", "--out", "scores.xlsx"], "ends in .csv"),
  (["embed", "run", "--out", "plot.svg"], "ends in .png"),
  (["embed", "run", "--codes", "codes.parquet"], "ends in .csv or .npy"),
  (["presets", "conv"], "no preset is called 'conv'"),
  (["evaluate", "run", "--importance-samples", "0"], "--importance-samples"),
  (["interpolate", "run", "--from", "a"], "--from and --to go together"),
  (["components", "encodr"], "no role and no part is called 'encodr'"),
])
func wrongWordsAre64(words: [String], part: String) throws {
  expectRefusal(try Command.run(words), 64, part)
}

@Test(arguments: [
  ("encoder: [", 64, "line"), ("latnt: 3", 64, "did you mean 'latent'?"),
  ("preset: nothing", 64, "no preset is called 'nothing'"), ("- 1", 64, "expected a mapping"),
])
func configurationFilesAreReadStrictly(yaml: String, status: Int32, part: String) throws {
  let scratch = try Scratch()
  try scratch.write(Array(yaml.utf8), to: "mine.yaml")
  let result = try Command.run(
    "train", "--config", scratch.file("mine.yaml"), "--out", scratch.file("run"))
  expectRefusal(result, status, part)
  #expect(result.errors.contains("mine.yaml"))
}

// MARK: - Run folders

/// A trained run to spoil.
private func trained(_ scratch: Scratch) throws {
  let result = try Command.run(
    ["train", "--out", scratch.file("run"), "--epochs", "1", "--quiet"] + tiny)
  #expect(result.status == 0, "\(result.errors)")
}

@Test func aRunIsNotOverwritten() throws {
  let scratch = try Scratch()
  try trained(scratch)
  let before = try scratch.contents(of: "run")
  expectRefusal(try Command.run(["train", "--out", scratch.file("run")] + tiny), 73, "--resume")
  #expect(try scratch.contents(of: "run") == before)
}

@Test(arguments: ["sample", "evaluate", "reconstruct", "traverse", "inspect"])
func aMissingRunIs66(command: String) throws {
  let scratch = try Scratch()
  expectRefusal(try Command.run(command, scratch.file("run")), 66, scratch.file("run"))
  expectRefusal(try Command.run(command, scratch.path), 66, "holds no run")
}

/// How observations are shown depends on what they are: what they have not is no option.
@Test(arguments: [
  (["sample", "--beam", "3"], "showing images: unknown key 'beam'; known: columns"),
  (["sample", "--with", "colums=3"], "did you mean 'columns'?"),
  (["reconstruct", "--temperature", "0.5"], "unknown key 'temperature'"),
  (
    ["sample", "--sampler", "aggregat"],
    "no sampler is called 'aggregat'; did you mean 'aggregate'?"
  ),
  (["sample", "--sampler", "{name: aggregate, temperature: -1}"], "takes a number above 0"),
])
func anotherKindsOptionsAre64(words: [String], part: String) throws {
  let scratch = try Scratch()
  try trained(scratch)
  expectRefusal(
    try Command.run([words[0], scratch.file("run")] + words.dropFirst()), 64, part)
}

@Test func resumingNothingIs66() throws {
  let scratch = try Scratch()
  expectRefusal(
    try Command.run("train", "--resume", "--out", scratch.file("run")), 66, scratch.file("run"))
}

/// Ways to spoil a file, and the file.
private let damages: [(file: String, spoil: @Sendable ([UInt8]) -> [UInt8])] = [
  ("model.safetensors", { Array($0.dropLast(9)) }),
  ("model.safetensors", { _ in [] }),
  (
    "model.safetensors",
    {
      var bytes = $0
      bytes[bytes.count / 2] ^= 4
      return bytes
    }
  ),
  ("config.yaml", { _ in Array("latent: [".utf8) }),
  ("config.yaml", { $0 + Array("latnt: 3\n".utf8) }),
]

@Test(arguments: damages.indices)
func aDamagedRunIs65(index: Int) throws {
  let scratch = try Scratch()
  try trained(scratch)
  let name = "run/\(damages[index].file)"
  try scratch.write(damages[index].spoil(try scratch.bytes(name)), to: name)
  let before = try scratch.contents(of: "run")
  expectRefusal(try Command.run("sample", scratch.file("run")), 65, damages[index].file)
  #expect(try scratch.contents(of: "run") == before)
}

@Test(arguments: [true, false])
func aDamagedCheckpointIsNotResumed(cut: Bool) throws {
  let scratch = try Scratch()
  try trained(scratch)
  var bytes = try scratch.bytes("run/checkpoint.safetensors")
  if cut { bytes.removeLast(100) } else { bytes[bytes.count - 50] ^= 1 }
  try scratch.write(bytes, to: "run/checkpoint.safetensors")
  let before = try scratch.contents(of: "run")
  let result = try Command.run(
    "train", "--resume", "--out", scratch.file("run"), "--epochs", "2", "--quiet")
  expectRefusal(result, 65, "checkpoint.safetensors")
  #expect(try scratch.contents(of: "run") == before)
}

@Test func weightsOfAnotherModelAre65() throws {
  let scratch = try Scratch()
  try trained(scratch)
  let config = String(decoding: try scratch.bytes("run/config.yaml"), as: UTF8.self)
    .replacingOccurrences(of: "hidden: [8]", with: "hidden: [9]")
  try scratch.write(Array(config.utf8), to: "run/config.yaml")
  expectRefusal(try Command.run("sample", scratch.file("run")), 65, "another model")
  expectRefusal(
    try Command.run("train", "--resume", "--out", scratch.file("run"), "--epochs", "2", "--quiet"),
    65, "checkpoint.safetensors")
}

@Test func dataOfAnotherShapeIs65() throws {
  let scratch = try Scratch()
  try trained(scratch)
  try scratch.write(BadFile.idx(6, height: 5, width: 3), to: "data/train-images-idx3-ubyte")
  expectRefusal(
    try Command.run("reconstruct", scratch.file("run"), "--data", scratch.file("data")), 65,
    "--size 28x28")
  let fitted = try Command.run(
    "reconstruct", scratch.file("run"), "--data", scratch.file("data"), "--size", "28x28")
  #expect(fitted.status == 0, "\(fitted.errors)")
}

// MARK: - Where files go

@Test(arguments: [
  ["sample", "RUN", "--out", "/dev/null/sheet.png"], ["train", "--out", "/dev/null/run"],
])
func whatCannotBeWrittenIs73(words: [String]) throws {
  let scratch = try Scratch()
  try trained(scratch)
  let words = words.map { $0 == "RUN" ? scratch.file("run") : $0 }
  expectRefusal(try Command.run(words + (words[0] == "train" ? ["--quiet"] : [])), 73, "/dev/null")
}

/// A limit on the size of files stands for a full disk: writing fails midway.
@Test func aFullDiskIs73AndLeavesWhatWasThere() throws {
  let scratch = try Scratch()
  try trained(scratch)
  let before = try scratch.contents(of: "run")
  let result = try Command.run(
    ["train", "--resume", "--out", scratch.file("run"), "--epochs", "3", "--quiet"],
    shell: "trap '' XFSZ; ulimit -f 24")
  #expect(result.status == 73, "\(result.errors)")
  #expect(result.errors.split(separator: "\n").last?.hasPrefix("error: ") == true)
  let after = try scratch.contents(of: "run")
  for name in ["model.safetensors", "checkpoint.safetensors"] {
    #expect(after[name] == before[name])
  }
  #expect(!after.keys.contains { $0.contains("tmp") })
}
