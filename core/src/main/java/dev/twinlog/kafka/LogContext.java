package dev.twinlog.kafka;

import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/** The context of a reader that belongs to no link. */
record LogContext(long maxInFlightBytes) implements PluginContext {
  @Override
  public String link() {
    return "logs";
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
    return Thread::new;
  }

  @Override
  public boolean exactlyOnce() {
    return false;
  }

  @Override
  public Lease lease() {
    throw new IllegalStateException("a reader that belongs to no link needs no lease");
  }
}
