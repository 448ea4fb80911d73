package dev.twinlog.testkit;

import dev.twinlog.spi.Route;

/** What {@link SinkFaultContract} needs beyond {@link SinkFixture}. */
public interface StallingSinkFixture extends SinkFixture {

  /** From here on the target answers nothing: no write completes. */
  void stall();

  /** Ends {@link #stall()}; what is under way may land or fail. */
  void unstall();

  /** From here on every write of a route fails and nothing of it lands, others do as before. */
  void refuse(Route route);

  /** Ends {@link #refuse}. */
  void accept(Route route);
}
