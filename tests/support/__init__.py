"""What tests are made of: fakes, drivers, running services and fixtures, one package each."""
