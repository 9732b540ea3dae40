import Testing
import VAEZoo

@Test func aTrainingIsProfiled() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let options = ["train", "--data", "digits", "--epochs", "4"] + tiny
  let result = try Command.run(
    options + ["--out", run, "--profile", "--profile-steps", "3", "--json"])
  #expect(result.status == 0, "\(result.errors)")
  #expect(try result.json["profile"]?.text == "\(run)/profile.txt")
  #expect(try result.json["trace"]?.text == "\(run)/profile.json")
  let table = String(decoding: try scratch.bytes("run/profile.txt"), as: UTF8.self)
  for words in ["matmul", "optimizer", "rest on the host", "100.0 %", "by shape"] {
    #expect(table.contains(words), "\(table)")
  }
  let trace = try ConfigurationValue(
    yaml: String(decoding: try scratch.bytes("run/profile.json"), as: UTF8.self))
  #expect(trace["traceEvents"] != nil)

  // Profiling is no part of a run: another one without it has the same files.
  let plain = try Command.run(options + ["--out", scratch.file("plain")])
  #expect(plain.status == 0, "\(plain.errors)")
  #expect(!plain.output.contains("matmul") && !scratch.holds("plain/profile.txt"))
  for name in ["config.yaml", "model.safetensors", "checkpoint.safetensors"] {
    #expect(try scratch.bytes("run/\(name)") == scratch.bytes("plain/\(name)"), "\(name)")
  }

  let resumed = try Command.run(
    "train", "--resume", "--out", scratch.file("plain"), "--epochs", "6", "--profile")
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(resumed.output.contains("matmul") && resumed.output.contains("profile.json opens in"))
  #expect(scratch.holds("plain/profile.json"))
}

@Test func aProfileTakesStepsToProfile() throws {
  let result = try Command.run("train", "--out", "/nowhere", "--profile-steps", "0")
  #expect(result.status == 64)
  #expect(result.errors.contains("--profile-steps takes a count from 1 to 1000, not 0"))
}
