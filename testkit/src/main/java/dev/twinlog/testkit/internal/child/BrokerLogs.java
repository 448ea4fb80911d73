package dev.twinlog.testkit.internal.child;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes brokers of this JVM quiet: of what they log, only errors are left, and of their clients
 * warnings too. Does so in the library that SLF4J is bound to, if that is Logback, Log4j 2,
 * slf4j-simple or java.util.logging; another one is left alone.
 *
 * <p>What the user has set wins: a logger is left alone if it has a level of its own, or one of a
 * parent other than the root, and all are if the root logs warnings at most. Loggers that are not
 * Kafka's are never touched.
 *
 * <p>By reflection, since a user may have any of these libraries, or none. Thread-safe.
 */
public final class BrokerLogs {
  /** The system property that leaves the loggers of a child alone, if it is {@code true}. */
  public static final String KEPT = "twinlog.test.broker.logs";

  private static final String SIMPLE = "org.slf4j.simpleLogger.";

  /** The first level of each logger that is still logged; parents before their children. */
  private static final Map<String, String> LEVELS = new LinkedHashMap<>();

  static {
    LEVELS.put("kafka", "ERROR");
    LEVELS.put("state.change.logger", "ERROR");
    LEVELS.put("com.yammer.metrics", "ERROR");
    LEVELS.put("org.apache.kafka", "ERROR");
    LEVELS.put("org.apache.kafka.clients", "WARN");
  }

  /** Java's own logging forgets the level of a logger that nothing refers to. */
  private static final Map<String, Logger> REMEMBERED = new ConcurrentHashMap<>();

  /** One of the libraries. */
  private interface Library {
    /** Whether the root logs more than warnings. */
    boolean rootIsVerbose() throws ReflectiveOperationException;

    /** Whether a logger of that name has a level of its own. */
    boolean hasLevel(String name) throws ReflectiveOperationException;

    void setLevel(String name, String level) throws ReflectiveOperationException;
  }

  private BrokerLogs() {}

  /** Makes them quiet. To be called before the first broker of this JVM starts. */
  public static void quiet() {
    quietLog4jApi();
    try {
      Object factory =
          Class.forName("org.slf4j.LoggerFactory").getMethod("getILoggerFactory").invoke(null);
      Library library = library(factory);
      if (library != null && library.rootIsVerbose()) {
        quiet(library);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // Without SLF4J, or with a release of the library that has another API: the logs stay as
      // they are, which is no reason to fail a test.
    }
  }

  /** Brokers bring Log4j's API, which says so on the console where Log4j itself is absent. */
  private static void quietLog4jApi() {
    ClassLoader loader = BrokerLogs.class.getClassLoader();
    if (loader.getResource("META-INF/services/org.apache.logging.log4j.spi.Provider") == null
        && loader.getResource("META-INF/log4j-provider.properties") == null) {
      System.getProperties().putIfAbsent("log4j2.StatusLogger.level", "OFF");
    }
  }

  private static void quiet(Library library) throws ReflectiveOperationException {
    List<String> unset = new ArrayList<>();
    for (String name : LEVELS.keySet()) {
      if (!hasLevelByName(library, name)) {
        unset.add(name);
      }
    }
    for (String name : unset) {
      library.setLevel(name, LEVELS.getOrDefault(name, "ERROR"));
    }
  }

  private static boolean hasLevelByName(Library library, String name)
      throws ReflectiveOperationException {
    for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
      if (library.hasLevel(name.substring(0, end))) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Library library(Object factory) throws ReflectiveOperationException {
    return switch (factory.getClass().getName()) {
      case "ch.qos.logback.classic.LoggerContext" -> new Logback(factory);
      case "org.apache.logging.slf4j.Log4jLoggerFactory" -> new Log4j2(factory);
      case "org.slf4j.simple.SimpleLoggerFactory" -> new Simple();
      case "org.slf4j.jul.JDK14LoggerFactory" -> new JavaLogging();
      default -> null;
    };
  }

  private static Object call(Object target, String method) throws ReflectiveOperationException {
    return Objects.requireNonNull(find(target, method), method);
  }

  private static @Nullable Object find(Object target, String method)
      throws ReflectiveOperationException {
    return target.getClass().getMethod(method).invoke(target);
  }

  private static @Nullable Object find(Object target, String method, String argument)
      throws ReflectiveOperationException {
    return target.getClass().getMethod(method, String.class).invoke(target, argument);
  }

  private static final class Logback implements Library {
    private static final int WARN = 30_000;

    private final Object context;

    Logback(Object context) {
      this.context = context;
    }

    private Object logger(String name) throws ReflectiveOperationException {
      return Objects.requireNonNull(find(context, "getLogger", name), name);
    }

    @Override
    public boolean rootIsVerbose() throws ReflectiveOperationException {
      Object level = call(logger("ROOT"), "getEffectiveLevel");
      return (Integer) call(level, "toInt") < WARN;
    }

    @Override
    public boolean hasLevel(String name) throws ReflectiveOperationException {
      Object logger = find(context, "exists", name);
      return logger != null && find(logger, "getLevel") != null;
    }

    @Override
    public void setLevel(String name, String level) throws ReflectiveOperationException {
      Object logger = logger(name);
      Class<?> type =
          Class.forName("ch.qos.logback.classic.Level", true, context.getClass().getClassLoader());
      Object value = type.getMethod("toLevel", String.class).invoke(null, level);
      logger.getClass().getMethod("setLevel", type).invoke(logger, value);
    }
  }

  private static final class Log4j2 implements Library {
    private static final int WARN = 300;

    private final ClassLoader loader;
    private final Object configuration;

    Log4j2(Object factory) throws ReflectiveOperationException {
      loader = factory.getClass().getClassLoader();
      Object context =
          Objects.requireNonNull(
              type("org.apache.logging.log4j.LogManager")
                  .getMethod("getContext", boolean.class)
                  .invoke(null, false),
              "context");
      configuration = call(context, "getConfiguration");
    }

    private Class<?> type(String name) throws ReflectiveOperationException {
      return Class.forName(name, true, loader);
    }

    @Override
    public boolean rootIsVerbose() throws ReflectiveOperationException {
      Object level = call(call(configuration, "getRootLogger"), "getLevel");
      return (Integer) call(level, "intLevel") > WARN;
    }

    @Override
    public boolean hasLevel(String name) throws ReflectiveOperationException {
      return ((Map<?, ?>) call(configuration, "getLoggers")).containsKey(name);
    }

    @Override
    public void setLevel(String name, String level) throws ReflectiveOperationException {
      Class<?> levels = type("org.apache.logging.log4j.Level");
      type("org.apache.logging.log4j.core.config.Configurator")
          .getMethod("setLevel", String.class, levels)
          .invoke(null, name, levels.getMethod("valueOf", String.class).invoke(null, level));
    }
  }

  /** It asks the system properties whenever a logger is made, and then its own file. */
  private static final class Simple implements Library {
    private final Properties file = new Properties();

    Simple() {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      try (InputStream in =
          loader == null
              ? ClassLoader.getSystemResourceAsStream("simplelogger.properties")
              : loader.getResourceAsStream("simplelogger.properties")) {
        if (in != null) {
          file.load(in);
        }
      } catch (IOException e) {
        // It can't be read there either.
      }
    }

    private @Nullable String setting(String key) {
      String value = System.getProperty(SIMPLE + key);
      return value == null ? file.getProperty(SIMPLE + key) : value;
    }

    @Override
    public boolean rootIsVerbose() {
      String level = setting("defaultLogLevel"); // info by default
      return level == null
          || !List.of("warn", "error", "off").contains(level.toLowerCase(Locale.ROOT));
    }

    @Override
    public boolean hasLevel(String name) {
      return setting("log." + name) != null;
    }

    @Override
    public void setLevel(String name, String level) {
      System.setProperty(SIMPLE + "log." + name, level.toLowerCase(Locale.ROOT));
    }
  }

  private static final class JavaLogging implements Library {
    private final LogManager manager = LogManager.getLogManager();

    @Override
    public boolean rootIsVerbose() {
      Level level = Logger.getLogger("").getLevel();
      return level != null && level.intValue() < Level.WARNING.intValue();
    }

    @Override
    public boolean hasLevel(String name) {
      Logger logger = manager.getLogger(name);
      return (logger != null && logger.getLevel() != null)
          || manager.getProperty(name + ".level") != null;
    }

    @Override
    public void setLevel(String name, String level) {
      REMEMBERED
          .computeIfAbsent(name, Logger::getLogger)
          .setLevel(level.equals("ERROR") ? Level.SEVERE : Level.WARNING);
    }
  }
}
