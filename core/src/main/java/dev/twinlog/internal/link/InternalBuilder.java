package dev.twinlog.internal.link;

import dev.twinlog.Replicator;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.options.LinkSettings;

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
