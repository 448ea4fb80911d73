package dev.twinlog.internal.engine;

import dev.twinlog.Replicator;

/** The way from a public builder into the engine, for those who step the engine by hand. */
public interface InternalBuilder {

  /**
   * Checks everything.
   *
   * @throws dev.twinlog.spi.ConfigurationException lists everything that is wrong
   */
  LinkSettings settings();

  /** The public face of an engine. */
  Replicator over(LinkEngine engine);
}
