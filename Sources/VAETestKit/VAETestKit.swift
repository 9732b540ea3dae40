// VAETestKit
