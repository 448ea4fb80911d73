package dev.twinlog.testkit.junit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Switches the log of Twinlog off during a test in which thousands of links are fenced, or lose
 * what they own, each of which would be logged.
 */
public final class SilentLink implements BeforeEachCallback, AfterEachCallback {
  private final Logger log = (Logger) LoggerFactory.getLogger("dev.twinlog");

  @Override
  public void beforeEach(ExtensionContext context) {
    log.setLevel(Level.OFF);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    log.setLevel(null);
  }
}
