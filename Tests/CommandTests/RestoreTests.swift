import ImageOutput
import Testing
import VAEZoo

@Test func damagedImagesAreRestored() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    [
      "train", "--data", "digits", "--preset", "denoising", "--set",
      "objective.amount=0.5", "--out", run, "--epochs",
      "6", "--quiet", "--set", "data.limit=2000", "--set", "pictures_every=0",
    ])
  #expect(trained.status == 0, "\(trained.errors)")
  for words in [["--damage", "noise=0.5"], ["--erase", "0,14,28,6", "--steps", "60"]] {
    let restored = try Command.run(["restore", run, "--count", "12", "--json"] + words)
    #expect(restored.status == 0, "\(restored.errors)")
    let (before, after) = (
      try restored.json["squared_error_damaged"]?.number,
      try restored.json["squared_error_restored"]?.number
    )
    #expect(try #require(after) < 0.95 * #require(before), "\(words)")
    #expect(try PNGFile(path: "\(run)/restoration.png").image.width > 100)
  }
  for (words, status, message) in [
    (["--erase", "20,0,20,5"], 64, "outside the images"), (["--erase", "1,2,3"], 64, "--erase"),
    (["--damage", "masking=2"], 64, "--damage"),
    (["--mask", scratch.file("none.png")], 66, "no such file"),
    (["--mask", "a", "--erase", "1,1,1,1"], 64, "exclude each other"),
  ] {
    let refused = try Command.run(["restore", run] + words)
    #expect(refused.status == Int32(status) && refused.errors.contains(message), "\(refused)")
  }
}

@Test func denoisingTakesImages() throws {
  let scratch = try Scratch()
  let refused = try Command.run(
    "train", "--data", "digits", "--preset", "denoising", "--set", "objective.amount=-1", "--out",
    scratch.file("run"))
  #expect(refused.status == 64 && refused.errors.contains("objective.amount: takes a number above"))
}
