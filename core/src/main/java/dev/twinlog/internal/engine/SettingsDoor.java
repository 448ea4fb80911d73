package dev.twinlog.internal.engine;

/** The way from a builder to its checked settings, for those who run the engine by hand. */
public interface SettingsDoor {

  /**
   * Checks everything.
   *
   * @throws dev.twinlog.spi.ConfigurationException lists everything that is wrong
   */
  LinkSettings settings();
}
