"""Exports of shop systems, tills, marketplaces and ERP systems, and well-known public tables, by their headers.

The rows are generated; headers, formats of dates and numbers are those of the systems. Each column names the generated
values and its true role. Numbers of role `other_money` and roles `other` and `other_date` must get no role of the sale.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from inspection_shops import Disguise, Shop, generated_lines, shop_of_lines

Lines = pd.DataFrame


@dataclass(frozen=True)
class System:
    """An export of a system.

    Attributes:
        name: name of the system.
        columns: "header = values: role", one a line.
        look: how dates, numbers and the file are written.
        verdict: true verdict.
        change: last change of the generated lines.
    """

    name: str
    columns: str
    look: Disguise = field(default_factory=lambda: Disguise("export"))
    verdict: str = "ready"
    change: Callable[[Lines], Lines] | None = None


def system_shops() -> list[tuple[Shop, Disguise]]:
    """The tables of all systems with their looks."""
    found = []
    for seed, system in enumerate(SYSTEMS, start=101):
        lines = with_more(generated_lines(seed), seed)
        lines = system.change(lines) if system.change else lines
        found.append(
            (shop_of_lines(system.name, columns_of(system.columns), lines, verdict=system.verdict), system.look)
        )
    return found


def columns_of(text: str) -> dict[str, tuple[str, str]]:
    """Header -> generated values and role, from lines like `Order ID = order: order_id`.

    >>> columns_of("Nº do pedido = order: order_id")
    {'Nº do pedido': ('order', 'order_id')}
    """
    found = {}
    for row in filter(None, map(str.strip, text.splitlines())):
        header, _, rest = row.rpartition(" = ")
        values, _, role = rest.partition(": ")
        found[header] = values, role
    return found


def with_more(lines: Lines, seed: int) -> Lines:
    """The generated lines with what exports have beside the sale."""
    random_ = np.random.default_rng(seed + 5_000)
    order = lines["order"] - lines["order"].min()
    orders = int(order.max()) + 1

    def of_order(values: "list[str]") -> np.ndarray:
        return random_.choice(values, orders)[order]

    person = lines["customer"] - 5_001
    cents = (lines["price"].astype(float) * 100).round().astype(int) * lines["quantity"]
    days = pd.to_datetime(lines["day"])
    return lines.assign(
        later=(days + pd.Timedelta(days=3)).dt.strftime("%Y-%m-%d"),
        updated=(pd.to_datetime(lines["time"]) + pd.Timedelta(hours=30)).dt.strftime("%Y-%m-%d %H:%M:%S"),
        clock=lines["time"].str[11:16],
        month=days.dt.strftime("%Y-%m"),
        year=days.dt.year,
        tax=[f"{one / 500:.2f}" for one in cents],
        discount=[f"{one:.2f}" for one in random_.choice([0, 0, 0, 1.5, 3, 7.25], len(lines))],
        freight=of_order(["0.00", "9.90", "15.00"]),
        currency="EUR",
        payment=of_order(["Visa", "PayPal", "Pix", "Bank transfer"]),
        shipping=of_order(["Standard", "Express", "Pick-up"]),
        channel=of_order(["Online Store", "Marketplace", "POS"]),
        store=of_order(["Downtown", "Mall", "Airport"]),
        zip=[f"{10_000 + (one * 137) % 80_000}" for one in person],
        street=[f"{['Main Street', 'Rua das Flores', 'Calle Mayor'][one % 3]} {one % 90 + 1}" for one in person],
        document=[f"{one % 1000:03d}.{(one * 7) % 1000:03d}.{(one * 31) % 1000:03d}-{one % 100:02d}" for one in person],
        first_name=lines["name"].str.split().str[0],
        last_name=lines["name"].str.split().str[-1],
        gender=np.where(person % 2, "F", "M"),
        age=(18 + person % 60).astype(str),
        brand=[("Acme", "Orion", "Delta", "Nova", "Lumen")[int(one[-4:]) % 5] for one in lines["product"]],
        size=random_.choice(["S", "M", "L", "XL"], len(lines)),
        group_code=[f"G{int(one[-4:]) % 6:02d}" for one in lines["product"]],
        ean=[f"789{int(one[-4:]) * 7919:010d}" for one in lines["product"]],
        number=[int(one[-4:]) + 20_000 for one in lines["product"]],
        uuid_order=[f"o{one * 2_654_435_761 % 2**32:08x}" for one in lines["order"]],
        uuid_customer=[f"c{one * 2_654_435_761 % 2**32:08x}" for one in lines["customer"]],
        username=[f"buyer_{one}" for one in person],
        price_net=[f"{float(one) * 0.8:.2f}" for one in lines["price"]],
        amount_net=[f"{float(one) * 0.8:.2f}" for one in lines["amount"]],
        items=order.map(lines.groupby(order)["quantity"].sum()),
        line_in_order=lines.groupby("order").cumcount() + 1,
        weekday=days.dt.day_name(),
        empty=None,
        one=1,
    )


def orders_only(lines: Lines) -> Lines:
    """One row per order."""
    return lines.drop_duplicates("order")


def first_line_only(lines: Lines) -> Lines:
    """What belongs to the order stands on its first line only."""
    first = ~lines["order"].duplicated()
    return lines.assign(**{name: lines[name].where(first) for name in ("total", "freight", "status", "payment")})


COMMA = {"decimal": ",", "delimiter": ";"}
SYSTEMS = (
    System("shopify, all columns", """
        Name = order: order_id
        Email = email: customer_id
        Financial Status = status: status
        Paid at = updated: other_date
        Fulfillment Status = empty: other
        Fulfilled at = later: other_date
        Accepts Marketing = gender: attribute:1
        Currency = currency: attribute:2
        Subtotal = total: other_money:1
        Shipping = freight: other_money:2
        Taxes = tax: other_money:3
        Total = total: other_money:4
        Discount Code = empty: other
        Discount Amount = discount: other_money:5
        Shipping Method = shipping: attribute:3
        Created at = time: ordered_at
        Lineitem quantity = quantity: quantity
        Lineitem name = title: description
        Lineitem price = price: unit_price
        Lineitem compare at price = empty: other
        Lineitem sku = product: product_id
        Billing Name = name: identifier:1
        Billing Street = street: identifier:2
        Billing Zip = zip: attribute:4
        Billing Country = country: country
        Billing Phone = phone: identifier:3
        Cancelled at = empty: other
        Payment Method = payment: attribute:5
        Vendor = brand: attribute:6
        Id = uuid_order: other
        Source = channel: attribute:7
        Lineitem discount = discount: other_money:6
        """, change=first_line_only),
    System("woocommerce, order items", """
        Order Number = order: order_id
        Order Status = status: status
        Order Date = time: ordered_at
        First Name (Billing) = first_name: identifier:1
        Last Name (Billing) = last_name: identifier:2
        Email (Billing) = email: customer_id
        City (Billing) = city: attribute:1
        Country Code (Billing) = country: country
        Payment Method Title = payment: attribute:2
        Cart Discount Amount = discount: other_money:1
        Order Subtotal Amount = total: other_money:2
        Shipping Method Title = shipping: attribute:3
        Order Shipping Amount = freight: other_money:3
        Order Total Amount = total: other_money:4
        Order Total Tax Amount = tax: other_money:5
        SKU = product: product_id
        Item # = line_in_order: other
        Item Name = title: description
        Quantity (- Refund) = quantity: quantity
        Item Cost = price: unit_price
        """),
    System("magento grid", """
        ID = order: order_id
        Purchase Point = store: attribute:1
        Purchase Date = time: ordered_at
        Bill-to Name = name: identifier:1
        Ship-to Name = name: identifier:2
        Grand Total (Base) = total: amount
        Grand Total (Purchased) = total: other_money:1
        Status = status: status
        Customer Email = email: customer_id
        Customer Group = gender: attribute:2
        Payment Method = payment: attribute:3
        """, Disguise("export", date_format="%b %d, %Y %I:%M:%S %p"), change=orders_only),
    System("prestashop lines", """
        id_order = order: order_id
        reference = uuid_order: other
        id_customer = customer: customer_id
        firstname = first_name: identifier:1
        lastname = last_name: identifier:2
        email = email: identifier:3
        date_add = time: ordered_at
        date_upd = updated: other_date
        current_state = status: status
        product_id = number: product_id
        product_reference = product: other
        product_name = title: description
        product_quantity = quantity: quantity
        product_price = price_net: other_money:1
        unit_price_tax_incl = price: unit_price
        total_price_tax_incl = amount: amount
        """, Disguise("export", delimiter=";")),
    System("shopware 6", """
        orderNumber = order: order_id
        orderDateTime = time: ordered_at
        customerNumber = customer: customer_id
        firstName = first_name: identifier:1
        lastName = last_name: identifier:2
        email = email: identifier:3
        lineItemLabel = title: description
        productNumber = product: product_id
        quantity = quantity: quantity
        unitPrice = price: unit_price
        totalPrice = amount: amount
        stateMachineState = status: status
        billingCountry = country: country
        """, Disguise("export", date_format="%Y-%m-%dT%H:%M:%S.000+00:00", delimiter=";")),
    System("jtl", """
        Auftragsnummer = order: order_id
        Auftragsdatum = day: ordered_at
        Kundennummer = customer: customer_id
        Firma = empty: other
        Vorname = first_name: identifier:1
        Nachname = last_name: identifier:2
        Straße = street: identifier:3
        PLZ = zip: attribute:1
        Ort = city: attribute:2
        Land = country: country
        Artikelnummer = product: product_id
        GTIN = ean: other
        Artikelname = title: description
        Menge = quantity: quantity
        VK Netto = price_net: other_money:1
        VK Brutto = price: unit_price
        Gesamtpreis Brutto = amount: amount
        Zahlungsart = payment: attribute:3
        Versandart = shipping: attribute:4
        Auftragsstatus = status: status
        """, Disguise("export", date_format="%d.%m.%Y", encoding="cp1252", thousands=True, **COMMA)),
    System("billbee", """
        Bestellnr. = order: order_id
        Bestelldatum = time: ordered_at
        Status = status: status
        Kunde = name: identifier:1
        Kundennr. = customer: customer_id
        E-Mail = email: identifier:2
        Artikelbezeichnung = title: description
        SKU = product: product_id
        Anzahl = quantity: quantity
        Einzelpreis (brutto) = price: unit_price
        Gesamtpreis (brutto) = amount: amount
        MwSt. = tax: other_money:1
        Versandkosten = freight: other_money:2
        Plattform = channel: attribute:1
        """, Disguise("export", date_format="%d.%m.%Y %H:%M", **COMMA)),
    System("nuvemshop, all columns", """
        Número do Pedido = order: order_id
        E-mail = email: customer_id
        Data = day: ordered_at
        Status do Pedido = status: status
        Status do Pagamento = status: status:2
        Moeda = currency: attribute:1
        Subtotal = total: other_money:1
        Desconto = discount: other_money:2
        Valor do Frete = freight: other_money:3
        Total = total: other_money:4
        Nome do comprador = name: identifier:1
        CPF / CNPJ = document: identifier:2
        Telefone = phone: identifier:3
        Endereço = street: identifier:4
        Cidade = city: attribute:2
        Código postal = zip: attribute:3
        País = country: country
        Forma de Entrega = shipping: attribute:4
        Forma de Pagamento = payment: attribute:5
        Data de pagamento = later: other_date
        Nome do Produto = title: description
        Valor do Produto = price: unit_price
        Quantidade Comprada = quantity: quantity
        SKU = product: product_id
        Canal = channel: attribute:6
        """, Disguise("export", date_format="%d/%m/%Y", encoding="latin-1", delimiter=";"), change=first_line_only),
    System("vtex, all columns", """
        Origin = channel: attribute:1
        Order = order: order_id
        Sequence = one: other
        Creation Date = time: ordered_at
        Client Name = first_name: identifier:1
        Client Last Name = last_name: identifier:2
        Client Document = document: customer_id
        Email = email: identifier:3
        Phone = phone: identifier:4
        UF = city: attribute:2
        City = city: attribute:3
        Status = status: status
        Last Change Date = updated: other_date
        Quantity_SKU = quantity: quantity
        ID_SKU = number: product_id
        Reference Code = product: other
        SKU Name = title: description
        SKU Value = price: other_money:1
        SKU Selling Price = price: unit_price
        SKU Total Price = amount: amount
        Service = shipping: attribute:4
        Shipping List Price = freight: other_money:2
        Payment System Name = payment: attribute:5
        Total Value = total: other_money:3
        Discounts Totals = discount: other_money:4
        Seller Name = brand: attribute:6
        """, Disguise("export", delimiter=";")),
    System("bling", """
        ID = uuid_order: other
        N° do Pedido = order: order_id
        Data = day: ordered_at
        ID contato = customer: customer_id
        Nome do contato = name: identifier:1
        CPF/CNPJ = document: identifier:2
        Endereço = street: identifier:3
        Cep = zip: attribute:1
        Município = city: attribute:2
        Celular = phone: identifier:4
        e-mail = email: identifier:5
        Desconto = discount: other_money:1
        Frete = freight: other_money:2
        Situação = status: status
        Código Produto = product: product_id
        Descrição = title: description
        Quantidade = quantity: quantity
        Valor unitário = price: unit_price
        Valor total = amount: amount
        """, Disguise("export", date_format="%d/%m/%Y", thousands=True, **COMMA)),
    System("totvs protheus", """
        D2_FILIAL = store: attribute:1
        D2_DOC = order: order_id
        D2_EMISSAO = day: ordered_at
        D2_CLIENTE = customer: customer_id
        A1_NOME = name: identifier:1
        A1_MUN = city: attribute:2
        D2_COD = product: product_id
        B1_DESC = title: description
        D2_QUANT = quantity: quantity
        D2_PRCVEN = price: unit_price
        D2_TOTAL = amount: amount
        D2_VALICM = tax: other_money:1
        """, Disguise("export", date_format="%Y%m%d", **COMMA)),
    System("sap sd", """
        VBELN = order: order_id
        POSNR = line_in_order: other
        FKDAT = day: ordered_at
        KUNAG = customer: customer_id
        NAME1 = name: identifier:1
        LAND1 = country: country
        MATNR = product: product_id
        ARKTX = title: description
        MATKL = group_code: product_group
        FKIMG = quantity: quantity
        VRKME = currency: other
        NETWR = amount: amount
        WAERK = currency: attribute:1
        MWSBP = tax: other_money:1
        """, Disguise("export", date_format="%d.%m.%Y", delimiter="\t", encoding="utf-16", decimal=",", thousands=True)),
    System("odoo lines", """
        Order Reference = order: order_id
        Order Date = time: ordered_at
        Customer/ID = customer: customer_id
        Customer = name: identifier:1
        Salesperson = brand: attribute:1
        Order Lines/Product/Internal Reference = product: product_id
        Order Lines/Description = title: description
        Order Lines/Quantity = quantity: quantity
        Order Lines/Unit Price = price: unit_price
        Order Lines/Subtotal = amount: amount
        Status = status: status
        """),
    System("dynamics", """
        Document No. = order: order_id
        Posting Date = day: ordered_at
        Sell-to Customer No. = customer: customer_id
        Sell-to Customer Name = name: identifier:1
        Item No. = product: product_id
        Item Description = title: description
        Item Category Code = group_code: product_group
        Quantity = quantity: quantity
        Unit Price = price: unit_price
        Amount Including VAT = amount: amount
        Line Discount Amount = discount: other_money:1
        Country/Region Code = country: country
        """, Disguise("export", date_format="%d-%m-%Y")),
    System("square items", """
        Date = day: ordered_at
        Time = clock: other
        Time Zone = store: other
        Category = group: product_group
        Item = title: description
        Qty = quantity: quantity
        Price Point Name = size: other
        SKU = product: product_id
        Gross Sales = amount: amount
        Discounts = discount: other_money:1
        Tax = tax: other_money:2
        Transaction ID = uuid_order: order_id
        Payment ID = payment: other
        Location = store: attribute:1
        Customer ID = uuid_customer: customer_id
        Customer Name = name: identifier:1
        """, Disguise("export", date_format="%m/%d/%y", currency="$", thousands=True)),
    System("lightspeed", """
        Sale ID = order: order_id
        Completed Time = time: ordered_at
        Customer ID = customer: customer_id
        Customer = name: identifier:1
        Item ID = number: product_id
        Description = title: description
        Category = group: product_group
        Qty = quantity: quantity
        Retail Price = price: unit_price
        Discounts = discount: other_money:1
        Total = amount: amount
        Shop = store: attribute:1
        Employee = brand: attribute:2
        """, Disguise("export", date_format="%m/%d/%Y %I:%M %p")),
    System("clover orders", """
        Order Date = time: ordered_at
        Order ID = uuid_order: order_id
        Order Number = order: other
        Order Employee Name = brand: attribute:1
        Customer ID = uuid_customer: customer_id
        Customer Name = name: identifier:1
        Currency = currency: attribute:2
        Tax Amount = tax: other_money:1
        Tip = freight: other_money:2
        Discount = discount: other_money:3
        Order Total = total: amount
        Payment State = status: status
        """, Disguise("export", date_format="%d-%b-%Y %I:%M %p"), change=orders_only),
    System("amazon", """
        amazon-order-id = order: order_id
        merchant-order-id = empty: other
        purchase-date = time: ordered_at
        last-updated-date = updated: other_date
        order-status = status: status
        fulfillment-channel = channel: attribute:1
        sales-channel = store: attribute:2
        product-name = title: description
        sku = product: product_id
        asin = ean: other
        quantity = quantity: quantity
        currency = currency: attribute:3
        item-price = amount: amount
        item-tax = tax: other_money:1
        shipping-price = freight: other_money:2
        buyer-email = email: customer_id
        ship-city = city: attribute:4
        ship-postal-code = zip: attribute:5
        ship-country = country: country
        """, Disguise("export", date_format="%Y-%m-%dT%H:%M:%S+00:00", delimiter="\t", ending=".txt")),
    System("ebay", """
        Sales Record Number = line: other
        Order Number = uuid_order: order_id
        Buyer Username = username: customer_id
        Buyer Name = name: identifier:1
        Buyer Email = email: identifier:2
        Ship To City = city: attribute:1
        Ship To Country = country: country
        Item Number = number: product_id
        Item Title = title: description
        Custom Label = product: other
        Quantity = quantity: quantity
        Sold For = price: unit_price
        Shipping And Handling = freight: other_money:1
        Total Price = total: other_money:2
        Payment Method = payment: attribute:2
        Sale Date = day: ordered_at
        Paid On Date = later: other_date
        """, Disguise("export", date_format="%b-%d-%y", currency="$")),
    System("etsy items", """
        Sale Date = day: ordered_at
        Item Name = title: description
        Buyer = username: customer_id
        Quantity = quantity: quantity
        Price = price: unit_price
        Coupon Code = empty: other
        Order Shipping = freight: other_money:1
        Item Total = amount: amount
        Currency = currency: attribute:1
        Transaction ID = line: other
        Listing ID = number: product_id
        Date Paid = later: other_date
        Ship Name = name: identifier:1
        Ship City = city: attribute:2
        Ship Country = country: country
        Order ID = order: order_id
        SKU = product: other
        """, Disguise("export", date_format="%m/%d/%y")),
    System("bigcommerce", """
        Order ID = order: order_id
        Customer ID = customer: customer_id
        Customer Name = name: identifier:1
        Customer Email = email: identifier:2
        Customer Phone = phone: identifier:3
        Order Date = day: ordered_at
        Order Time = clock: other
        Order Status = status: status
        Subtotal (inc tax) = total: other_money:1
        Shipping Cost (inc tax) = freight: other_money:2
        Order Total (inc tax) = total: amount
        Total Quantity = items: quantity
        Date Shipped = later: other_date
        Payment Method = payment: attribute:1
        """, Disguise("export", date_format="%d/%m/%Y"), change=orders_only),
    System("online retail II", """
        Invoice = order: order_id
        StockCode = product: product_id
        Description = title: description
        Quantity = quantity: quantity
        InvoiceDate = time: ordered_at
        Price = price: unit_price
        Customer ID = customer: customer_id
        Country = country: country
        """),
    System("sample sales data", """
        ORDERNUMBER = order: order_id
        QUANTITYORDERED = quantity: quantity
        PRICEEACH = price: unit_price
        ORDERLINENUMBER = line_in_order: other
        SALES = amount: amount
        ORDERDATE = day: ordered_at
        STATUS = status: status
        YEAR_ID = year: other_date
        PRODUCTLINE = group: product_group
        MSRP = price: other_money:1
        PRODUCTCODE = product: product_id
        CUSTOMERNAME = name: customer_id
        PHONE = phone: identifier:1
        ADDRESSLINE1 = street: identifier:2
        CITY = city: attribute:1
        COUNTRY = country: country
        CONTACTLASTNAME = last_name: identifier:3
        """, Disguise("export", date_format="%m/%d/%Y 0:00", encoding="latin-1")),
    System("pakistan e-commerce", """
        item_id = line: other
        status = status: status
        created_at = day: ordered_at
        sku = product: product_id
        price = price: unit_price
        qty_ordered = quantity: quantity
        grand_total = total: other_money:1
        increment_id = order: order_id
        category_name_1 = group: product_group
        discount_amount = discount: other_money:2
        payment_method = payment: attribute:1
        Year = year: other_date
        Customer Since = month: other
        Customer ID = customer: customer_id
        """, Disguise("export", date_format="%m/%d/%Y")),
    System("ta feng", """
        TRANSACTION_DT = day: ordered_at
        CUSTOMER_ID = customer: customer_id
        AGE_GROUP = gender: attribute:1
        PIN_CODE = zip: attribute:2
        PRODUCT_SUBCLASS = group_code: product_group
        PRODUCT_ID = ean: product_id
        AMOUNT = quantity: quantity
        ASSET = amount_net: other_money:1
        SALES_PRICE = amount: amount
        """, Disguise("export", date_format="%m/%d/%Y")),
    System("retail sales of a course", """
        Transaction ID = order: order_id
        Date = day: ordered_at
        Customer ID = customer: customer_id
        Gender = gender: attribute:1
        Age = age: attribute:2
        Product Category = group: product_group
        Quantity = quantity: quantity
        Price per Unit = price: unit_price
        Total Amount = amount: amount
        """),
    System("olist, joined", """
        order_id = uuid_order: order_id
        customer_unique_id = uuid_customer: customer_id
        order_status = status: status
        order_purchase_timestamp = time: ordered_at
        order_delivered_customer_date = updated: other_date
        order_item_id = line_in_order: other
        product_id = product: product_id
        seller_id = brand: attribute:1
        price = price: amount
        freight_value = freight: other_money:1
        payment_type = payment: attribute:2
        customer_zip_code_prefix = zip: attribute:3
        customer_city = city: attribute:4
        product_category_name = group: product_group
        """, change=lambda lines: lines.assign(amount=lines["price"])),
    System("northwind", """
        OrderID = order: order_id
        CustomerID = uuid_customer: customer_id
        EmployeeID = store: attribute:1
        OrderDate = day: ordered_at
        RequiredDate = later: other_date
        ShippedDate = later: other_date:2
        Freight = freight: other_money:1
        ShipName = name: identifier:1
        ShipCountry = country: country
        ProductID = number: product_id
        UnitPrice = price: unit_price
        Quantity = quantity: quantity
        Discount = discount: other_money:2
        ProductName = title: description
        CategoryName = group: product_group
        """),
    System("spanish till", """
        Nº Ticket = order: order_id
        Fecha Venta = day: ordered_at
        Hora = clock: other
        Cód. Cliente = customer: customer_id
        Nombre Cliente = name: identifier:1
        Cód. Artículo = product: product_id
        Descripción Artículo = title: description
        Familia = group: product_group
        Uds. = quantity: quantity
        P.V.P. = price: unit_price
        Dto. = discount: other_money:1
        Importe = amount: amount
        Forma de Pago = payment: attribute:1
        Tienda = store: attribute:2
        """, Disguise("export", date_format="%d/%m/%Y", encoding="cp1252", thousands=True, **COMMA)),
    System("tiendanube", """
        Número de orden = order: order_id
        Email = email: customer_id
        Fecha = day: ordered_at
        Estado de la orden = status: status
        Moneda = currency: attribute:1
        Total = total: other_money:1
        Nombre del comprador = name: identifier:1
        DNI / CUIT = document: identifier:2
        Provincia o estado = city: attribute:2
        Nombre del producto = title: description
        Precio del producto = price: unit_price
        Cantidad del producto = quantity: quantity
        SKU = product: product_id
        """, Disguise("export", date_format="%d/%m/%Y", encoding="latin-1", **COMMA), change=first_line_only),
    System("portuguese invoicing", """
        Documento = order: order_id
        Data Emissão = day: ordered_at
        Nº Contribuinte = document: identifier:1
        Entidade = customer: customer_id
        Nome Entidade = name: identifier:2
        Artigo = product: product_id
        Designação = title: description
        Qtd. = quantity: quantity
        Pr. Unitário = price: unit_price
        Total Líquido = amount: amount
        """, Disguise("export", date_format="%d-%m-%Y", **COMMA)),
    System("brazilian till", """
        COO = order: order_id
        DT_MOVTO = time: ordered_at
        COD_CLIENTE = customer: customer_id
        COD_PRODUTO = ean: product_id
        DESCR_PRODUTO = title: description
        QTD_VENDIDA = quantity: quantity
        VLR_UNIT = price: unit_price
        VLR_TOTAL_ITEM = amount: amount
        VLR_DESCONTO = discount: other_money:1
        COD_FILIAL = store: attribute:1
        """, Disguise("export", date_format="%d/%m/%Y %H:%M:%S", **COMMA)),
    System("loyalty cards", """
        card_number = customer: customer_id
        visit_date = day: ordered_at
        store_code = store: attribute:1
        receipt_no = order: order_id
        basket_value = total: amount
        points_earned = items: other_money:1
        """, Disguise("export", date_format="%d %b %Y"), change=orders_only),
    System("stripe payments", """
        id = uuid_order: order_id
        Created date (UTC) = time: ordered_at
        Amount = total: amount
        Amount Refunded = discount: other_money:1
        Currency = currency: attribute:1
        Description = empty: other
        Fee = tax: other_money:2
        Status = status: status
        Customer ID = uuid_customer: customer_id
        Customer Email = email: identifier:1
        """, change=orders_only),
    System("paypal", """
        Date = day: ordered_at
        Time = clock: other
        Name = name: identifier:1
        Type = channel: other
        Status = status: status
        Currency = currency: attribute:1
        Gross = total: amount
        Fee = tax: other_money:1
        Net = amount_net: other_money:2
        From Email Address = email: customer_id
        Transaction ID = uuid_order: order_id
        """, Disguise("export", date_format="%d/%m/%Y"), change=orders_only),
    System("subscriptions in German", """
        Abo-Nr. = order: order_id
        Rechnung vom = day: ordered_at
        Mitgliedsnr. = customer: customer_id
        Nettobetrag in EUR = total: amount
        Zahlungsweise = payment: attribute:1
        """, Disguise("export", date_format="%d.%m.%y", **COMMA), change=orders_only),
    System("no customers", """
        Invoice ID = order: order_id
        Branch = store: attribute:1
        City = city: attribute:2
        Customer type = gender: attribute:3
        Product line = group: product_group
        Unit price = price: unit_price
        Quantity = quantity: quantity
        Total = amount: amount
        Date = day: ordered_at
        Time = clock: other
        Payment = payment: attribute:4
        """, verdict="cannot"),
)  # fmt: skip
