package dev.twinlog.internal.engine;

import dev.twinlog.Replicator;

/** Gives internal access to a public builder, to run a link stepped instead of on threads. */
public interface InternalBuilder {

  /**
   * Checks and returns the settings.
   *
   * @throws dev.twinlog.spi.ConfigurationException lists all invalid settings
   */
  LinkSettings settings();

  /** Returns a public replicator for an engine. */
  Replicator over(LinkEngine engine);
}
