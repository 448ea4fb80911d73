package dev.twinlog;

import java.util.Properties;

final class PropertiesLink {
  private PropertiesLink() {}

  static Replicator.Builder describe(Properties properties) {
    return new DefaultBuilder().link(properties.getProperty("replicator.link"));
  }
}
