# make demo    train on generated digits and sentences, and show what was learned (about five minutes)
# make test    build everything and run every test
# make check-onednn   compare products and convolutions on oneDNN with plain loops
# make test-onednn3   every test with oneDNN 3.x;  make test-asan, make test-tsan   under the sanitizers
# make time-products  time our own products and convolutions beside oneDNN's
# make bench   time the engine; make bench TORCH=path/to/python times PyTorch beside it
# make format  lay out the source files
# Each target first installs the system libraries that are missing.

SWIFT ?= swift
DEMO ?= runs/demo
VAE = .build/release/vae

.PHONY: demo test test-plain test-outside test-onednn3 test-asan test-tsan check-onednn time-products bench format lint setup setup-plain setup-onednn3 build

setup:
	@scripts/setup png.h:libpng-dev turbojpeg.h:libturbojpeg0-dev dnnl.h:libdnnl-dev

setup-plain:
	@scripts/setup png.h:libpng-dev

setup-onednn3:
	@scripts/setup png.h:libpng-dev turbojpeg.h:libturbojpeg0-dev

build: setup
	$(SWIFT) build -c release --product vae

demo: build
	rm -rf $(DEMO)
	$(VAE) train --data digits --preset conv-28 --set latent=10 --epochs 40 --out $(DEMO)
	$(VAE) sample $(DEMO) --count 100 --out $(DEMO)/samples.png
	$(VAE) reconstruct $(DEMO) --data digits --out $(DEMO)/reconstructions.png
	$(VAE) traverse $(DEMO) --out $(DEMO)/traversal.png
	$(VAE) train --data sentences --preset sentence-gru --epochs 6 --set objective.warm_up_steps=1200 \
	  --set objective.warm_up_steepness=0.005 --out $(DEMO)/sentences
	@echo "Sentences nobody wrote:"
	$(VAE) sample $(DEMO)/sentences --count 8
	$(VAE) reconstruct $(DEMO)/sentences --count 4
	@echo "Open the pictures in $(DEMO): samples.png, reconstructions.png, traversal.png, curves.png"

# Tests run optimized, as users run the library, in build folders of their own.
TEST = -c release -Xswiftc -enable-testing --scratch-path .build-test
TEST_PLAIN = -c release -Xswiftc -enable-testing --scratch-path .build-plain --disable-default-traits

test: setup
	$(SWIFT) build --build-tests $(TEST)
	$(SWIFT) test --skip-build $(TEST)

# The same tests without oneDNN, on the plain path, and without JPEG.
test-plain: setup-plain
	$(SWIFT) build --build-tests $(TEST_PLAIN)
	$(SWIFT) test --skip-build $(TEST_PLAIN)

# The same tests with oneDNN 3.x, as PyPI has it: Debian's is 2.x. All it needs lies in its build folder. The linker looks
# first where libpng, zlib and libjpeg-turbo say they are, and there may be a oneDNN 2.x: so they say they are in the other's folder.
ONEDNN3 = $(CURDIR)/.build-onednn3
TEST_ONEDNN3 = -c release -Xswiftc -enable-testing --scratch-path $(ONEDNN3) -Xcc -I$(ONEDNN3)/onednn/include \
  -Xswiftc -L$(ONEDNN3)/onednn/lib -Xlinker -rpath -Xlinker $(ONEDNN3)/onednn/lib --pkg-config-path $(ONEDNN3)/onednn

$(ONEDNN3)/onednn/lib/libdnnl.so:
	python3 -m pip download -q --no-deps -d $(ONEDNN3) onednn-devel-cpu-gomp==2023.2.0 onednn-cpu-gomp==2023.2.0
	for wheel in $(ONEDNN3)/*.whl; do python3 -m zipfile -e $$wheel $(ONEDNN3)/wheels; done
	mkdir -p $(ONEDNN3)/onednn && cp -r $(ONEDNN3)/wheels/*.data/data/. $(ONEDNN3)/onednn
	for name in png16:libpng z:zlib turbojpeg:libturbojpeg; do \
	  printf 'Name: x\nDescription: x\nVersion: 1\nLibs: -L%s -l%s\n' $(ONEDNN3)/onednn/lib $${name%:*} \
	    >$(ONEDNN3)/onednn/$${name#*:}.pc; done

test-onednn3: setup-onednn3 $(ONEDNN3)/onednn/lib/libdnnl.so
	$(CLANG) $(C_FLAGS) -I$(ONEDNN3)/onednn/include $(ONEDNN_FLAGS) -L$(ONEDNN3)/onednn/lib -Wl,-rpath,$(ONEDNN3)/onednn/lib \
	  $(CHECK_ONEDNN) -o $(ONEDNN3)/check
	$(ONEDNN3)/check
	$(SWIFT) build --build-tests $(TEST_ONEDNN3)
	$(SWIFT) test --skip-build $(TEST_ONEDNN3)

# Products and convolutions on oneDNN against plain loops: the C compiler is the one that comes with Swift.
CLANG ?= clang
C_FLAGS = -std=gnu11 -O2 -ISources/CTensorKernels/include
ONEDNN_FLAGS = -DVAE_ONEDNN -ISources/COneDNN/include
CHECK_PRODUCTS = scripts/check_products.c Sources/CTensorKernels/*.c -lm
CHECK_ONEDNN = scripts/check_onednn.c Sources/COneDNN/*.c Sources/CTensorKernels/*.c -ldnnl -lm

check-onednn: setup
	mkdir -p .build-check
	$(CLANG) $(C_FLAGS) $(ONEDNN_FLAGS) $(CHECK_ONEDNN) -o .build-check/onednn
	.build-check/onednn

# Our own products and convolutions beside oneDNN's, in turns.
time-products: setup
	mkdir -p .build-check
	$(CLANG) $(C_FLAGS) $(ONEDNN_FLAGS) scripts/time_products.c Sources/COneDNN/*.c Sources/CTensorKernels/*.c \
	  -ldnnl -lm -o .build-check/time
	.build-check/time

# Memory errors and undefined behaviour in the C kernels: C drivers, and the tests of what is built on them.
ASAN = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
TEST_ASAN = -c release -Xswiftc -enable-testing --scratch-path .build-asan --disable-default-traits \
  --sanitize address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined

test-asan: setup
	mkdir -p .build-asan
	$(CLANG) $(C_FLAGS) $(ASAN) $(CHECK_PRODUCTS) -o .build-asan/products
	.build-asan/products 100
	$(CLANG) $(C_FLAGS) $(ASAN) $(ONEDNN_FLAGS) $(CHECK_ONEDNN) -o .build-asan/onednn
	.build-asan/onednn 25
	$(SWIFT) build --build-tests $(TEST_ASAN)
	$(SWIFT) test --skip-build --disable-xctest $(TEST_ASAN) --filter 'TensorCoreTests|LayersTests'

# Data races in the loaders and the trainer, on the plain path: oneDNN's own threads are not watched.
TEST_TSAN = -c release -Xswiftc -enable-testing --scratch-path .build-tsan --disable-default-traits --sanitize thread

test-tsan: setup-plain
	$(SWIFT) build --build-tests $(TEST_TSAN)
	$(SWIFT) test --skip-build $(TEST_TSAN) --filter 'VAETrainingTests|VAEDataTests'

# A stranger's package that depends on this one.
test-outside: setup
	$(SWIFT) test --package-path Examples/OutsideComponent

bench: setup
	$(SWIFT) build -c release --product StepBenchmark
	Benchmarks/run $(TORCH)

format:
	$(SWIFT) format -i -r Package.swift Sources Plugins Tests Examples Benchmarks Snippets

lint:
	$(SWIFT) format lint --strict -r Package.swift Sources Plugins Tests Examples Benchmarks Snippets
