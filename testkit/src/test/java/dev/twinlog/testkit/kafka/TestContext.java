package dev.twinlog.testkit.kafka;

import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/**
 * Creates the contexts that the engine gives to sources, sinks and stores, for the link {@code
 * test}.
 */
record TestContext(String link, long maxInFlightBytes, boolean exactlyOnce)
    implements PluginContext {
  static final TestContext DEFAULT = new TestContext("test", 16 << 20);

  /** The context of an exactly once link. */
  static final TestContext EXACTLY_ONCE = new TestContext("test", 16 << 20, true);

  /** The context of an at least once link. */
  TestContext(String link, long maxInFlightBytes) {
    this(link, maxInFlightBytes, false);
  }

  @Override
  public int lane() {
    return 0;
  }

  @Override
  public Clock clock() {
    return Clock.systemUTC();
  }

  @Override
  public ThreadFactory threads(String role) {
    return task -> new Thread(task, "twinlog-" + link + "-" + role);
  }

  @Override
  public Lease lease() {
    return new Lease() {
      @Override
      public boolean holds() {
        return true;
      }

      @Override
      public boolean formerOwnersExpired() {
        return true;
      }
    };
  }
}
